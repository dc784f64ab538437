"""Checkpoints and training states of one job's trials, where every machine reaches them."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from automl_tl.errors import DataCorrupted, NotFound
from automl_tl.finetune.trial_files import (
    PublishedTrial,
    StoredFile,
    published_from_json,
    published_to_json,
    state_file,
)
from automl_tl.names import digest_file
from automl_tl.store.patience import Patience, StoreAway
from automl_tl.store.shared_files import SharedFiles

__all__ = ["TrialStore"]

T = TypeVar("T")

_PATIENCE_SECONDS = 300.0
_DESCRIPTION = "published.json"
_ATTEMPTS = 3
"""Readings of a trial that publishes at the same time, each from what is newest then."""


class TrialStore:
    """Implements :class:`~automl_tl.finetune.trial_files.TrialFiles` with files named by their digest.

    ``t0001/published.json`` names the files of a trial and is written after them: whoever reads it finds them all.

    Parameters
    ----------
    files
        The job's own place.
    patience
        How long a store that is away is waited for; goes to other processes with the rest.
    """

    def __init__(self, files: SharedFiles, patience: Patience | None = None) -> None:
        self._files = files
        self._patience = patience or Patience(seconds=_PATIENCE_SECONDS)

    def publish(self, trial: str, root: Path, before: PublishedTrial | None) -> PublishedTrial:
        """Store checkpoint and state of a trial as they lie below ``root``, and name them."""
        return self._waiting(lambda: self._publish(trial, root, before))

    def fetch_state(self, trial: str, root: Path) -> PublishedTrial:
        """Bring state and checkpoint of a trial to ``root``; raises NotFound or DataCorrupted."""
        return self._waiting(lambda: self._fetch_state(trial, root))

    def fetch_checkpoint(self, trial: str, root: Path, *, wait: bool = True) -> Path:
        """Return a directory with the newest checkpoint, named by its content; older ones of the trial go."""
        if not wait:
            return self._fetch_checkpoint(trial, root)
        return self._waiting(lambda: self._fetch_checkpoint(trial, root))

    def all_published(self) -> tuple[PublishedTrial, ...]:
        """Return what every trial has published; what cannot be read is left out, as if it had never been."""
        return self._waiting(
            lambda: tuple(found for trial in self._files.folders() if (found := self._latest(trial)))
        )

    def erase(self) -> None:
        """Erase everything of this job."""
        self._files.remove_all("")

    def _waiting(self, call: Callable[[], T]) -> T:
        try:
            return self._patience.until_done(call)
        except StoreAway as error:
            raise StoreAway(
                f"the work store stayed away for {self._patience.seconds:g} seconds ({error.message}); see "
                "that every node reaches it with credentials of its own, then resume the job"
            ) from error

    def _publish(self, trial: str, root: Path, before: PublishedTrial | None) -> PublishedTrial:
        before = before or self._latest(trial)
        known = {file.sha256 for file in before.files} if before else set()
        checkpoint, state = root / trial, state_file(root, trial)
        files = sorted(path for path in checkpoint.rglob("*") if path.is_file())
        published = PublishedTrial(
            trial,
            tuple(self._put(trial, path, checkpoint, known) for path in files) if checkpoint.is_dir() else None,
            self._put(trial, state, root, known) if state.is_file() else None,
        )
        if published != before:
            self._files.write(published_to_json(published).encode(), f"{trial}/{_DESCRIPTION}")
            for digest in sorted(known - {file.sha256 for file in published.files}):
                self._files.remove(f"{trial}/{digest}")
        return published

    def _fetch_state(self, trial: str, root: Path) -> PublishedTrial:
        for published in self._readings(trial):
            if published.state is None or published.checkpoint is None:
                break
            try:
                self._fetch(trial, published.state, root)
                self._fetch_all(trial, published.checkpoint, root / trial)
            except NotFound:
                continue
            return published
        raise NotFound(f"there is no training state of {trial} in the work store; start the trial anew")

    def _fetch_checkpoint(self, trial: str, root: Path) -> Path:
        for published in self._readings(trial):
            if published.checkpoint is None:
                break
            directory = root / f"{trial}@{published.checkpoint_digest[:16]}"
            if not directory.is_dir():
                try:
                    self._fetch_all(trial, published.checkpoint, directory)
                except NotFound:
                    continue
            for other in root.glob(f"{trial}@*"):
                if other != directory:
                    shutil.rmtree(other, ignore_errors=True)
            return directory
        raise NotFound(f"there is no checkpoint of {trial} in the work store; start the trial anew")

    def _latest(self, trial: str) -> PublishedTrial | None:
        try:
            return published_from_json(self._files.read(f"{trial}/{_DESCRIPTION}"))
        except (NotFound, DataCorrupted):
            return None

    def _readings(self, trial: str) -> Iterator[PublishedTrial]:
        """Yield what is newest, again while it differs: the trial may be replacing its files just now."""
        before: PublishedTrial | None = None
        for _ in range(_ATTEMPTS):
            published = self._latest(trial)
            if published is None or published == before:
                return
            before = published
            yield published

    def _put(self, trial: str, path: Path, root: Path, known: set[str]) -> StoredFile:
        file = StoredFile(path.relative_to(root).as_posix(), digest_file(path), path.stat().st_size)
        if file.sha256 not in known:
            self._files.put(path, f"{trial}/{file.sha256}")
        return file

    def _fetch_all(self, trial: str, files: tuple[StoredFile, ...], directory: Path) -> None:
        """Bring files to ``directory``, which is replaced as a whole."""
        fresh = directory.with_name(f".{directory.name}.{uuid.uuid4().hex}")
        try:
            fresh.mkdir(parents=True)
            for file in files:
                self._fetch(trial, file, fresh)
            shutil.rmtree(directory, ignore_errors=True)
            fresh.rename(directory)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _fetch(self, trial: str, file: StoredFile, root: Path) -> None:
        self._files.fetch(f"{trial}/{file.sha256}", root / file.path, file.sha256)
