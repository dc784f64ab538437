"""Files of trials that ran on machines whose disk is not ours: what they published, and where that is known.

A trial on such a machine publishes its checkpoint and its training state before each report. Whoever hears the
report notes what it may ask for as ``t0001.published.json`` beside where the files themselves would lie.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from automl_tl.errors import DataCorrupted, InvalidInput
from automl_tl.json_codec import from_plain, to_plain
from automl_tl.names import digest_json

__all__ = [
    "PublishedTrial",
    "StoredFile",
    "TrialFiles",
    "note_file",
    "note_published",
    "published_from_json",
    "published_of",
    "published_to_json",
    "state_file",
]

FORMAT = "automl-tl published trial"
FORMAT_VERSION = 1
_SHA256 = r"[0-9a-f]{64}"
_STATE_ENDING = ".state.safetensors"
_NOTE_ENDING = ".published.json"


@dataclass(frozen=True)
class StoredFile:
    """A file by its content: ``path`` is relative to the directory it belongs to."""

    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class PublishedTrial:
    """What a trial left for other machines at its last report.

    Attributes
    ----------
    checkpoint
        The files of its checkpoint directory; None if it has left none.
    state
        Its training state; None if there is nothing to go on from.
    """

    trial: str
    checkpoint: tuple[StoredFile, ...] | None
    state: StoredFile | None

    @property
    def files(self) -> tuple[StoredFile, ...]:
        """Every file of it."""
        return (*(self.checkpoint or ()), *((self.state,) if self.state else ()))

    @property
    def checkpoint_digest(self) -> str:
        """SHA-256 of the checkpoint's names and contents."""
        return digest_json({file.path: file.sha256 for file in self.checkpoint or ()})


class TrialFiles(Protocol):
    """Where all machines of a job reach the files of its trials; goes to other processes by pickle.

    Every method waits for a place that is away, and raises Unavailable if it stays away.
    """

    def publish(self, trial: str, root: Path, before: PublishedTrial | None) -> PublishedTrial:
        """Store what a trial has left below ``root``.

        Parameters
        ----------
        before
            What this process has published or fetched of the trial last: only what has changed is sent, and what
            is needed no more is erased.
        """

    def fetch_state(self, trial: str, root: Path) -> PublishedTrial:
        """Bring state and checkpoint of a trial to ``root``, whence it can go on.

        Raises
        ------
        NotFound, DataCorrupted
            If there are none, or they are damaged.
        """

    def fetch_checkpoint(self, trial: str, root: Path, *, wait: bool = True) -> Path:
        """Return a directory below ``root`` with the trial's checkpoint; raises as :meth:`fetch_state` does.

        With ``wait`` off a store that is away is not waited for.
        """

    def all_published(self) -> Iterable[PublishedTrial]:
        """Return what every trial has published."""


def state_file(checkpoint_root: Path, trial: str) -> Path:
    """Return where the state of a trial that is under way lies, beside its checkpoint directory."""
    return checkpoint_root / f"{trial}{_STATE_ENDING}"


def note_file(root: Path, trial: str) -> Path:
    """Return where it is noted what a trial published."""
    return root / f"{trial}{_NOTE_ENDING}"


def note_published(root: Path, published: PublishedTrial) -> None:
    """Remember what a trial published, in the place of what it had published before."""
    root.mkdir(parents=True, exist_ok=True)
    path = note_file(root, published.trial)
    fresh = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        fresh.write_text(published_to_json(published), encoding="utf-8")
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def published_of(root: Path, trial: str) -> PublishedTrial | None:
    """Return what a trial is known to have published, None if nothing is."""
    try:
        return published_from_json(note_file(root, trial).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, DataCorrupted):
        return None


def published_to_json(published: PublishedTrial) -> str:
    """Return it as one line of JSON."""
    described = {"format": FORMAT, "format_version": FORMAT_VERSION, **to_plain(published)}
    return json.dumps(described, sort_keys=True)


def published_from_json(text: str | bytes) -> PublishedTrial:
    """Return what :func:`published_to_json` wrote; raises DataCorrupted."""
    try:
        described = json.loads(text)
        if (described.pop("format"), described.pop("format_version")) != (FORMAT, FORMAT_VERSION):
            raise ValueError("another format")
        published = from_plain(PublishedTrial, described)
        for file in published.files:
            path = PurePosixPath(file.path)
            if (
                not path.parts
                or path.is_absolute()
                or ".." in path.parts
                or not re.fullmatch(_SHA256, file.sha256)
            ):
                raise ValueError(f"{file.path!r} or its digest is none that we write")
    except (ValueError, KeyError, TypeError, AttributeError, InvalidInput) as error:
        raise DataCorrupted(f"what a trial published is not described properly ({error})") from error
    return published
