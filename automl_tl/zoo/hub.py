"""Fetch a model's files from the Hugging Face hub, or from its cache on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from automl_tl.errors import ModelUnavailable

__all__ = ["Snapshot", "fetch_snapshot"]

_METADATA_SECONDS = 5.0


@dataclass(frozen=True)
class Snapshot:
    """A hub repository's files at one commit."""

    directory: Path
    commit: str


def fetch_snapshot(repository: str, revision: str, patterns: Sequence[str], needed: Sequence[str]) -> Snapshot:
    """Return the files of a hub repository, from the local cache where they are complete.

    Parameters
    ----------
    repository
        Such as ``timm/resnet18.a1_in1k``.
    revision
        Commit, tag or branch; "" means the default branch, which is resolved at the first fetch and stays.
    patterns
        Names of the files to fetch, with wildcards.
    needed
        File names of which at least one must be there.

    Raises
    ------
    ModelUnavailable
        With what to do: no network, no such repository or revision, access not granted, or no usable file.
    """
    wanted = revision or None
    try:
        cached = _snapshot(snapshot_download(repository, revision=wanted, local_files_only=True))
        if _complete(cached, needed):
            return cached
    except (OSError, HFValidationError):
        pass
    fetched = _download(repository, wanted, patterns)
    if not _complete(fetched, needed):
        raise ModelUnavailable(
            f"the hub repository {repository} has none of {', '.join(needed)} at {fetched.commit};"
            " choose a model that publishes safetensors"
        )
    return fetched


def _download(repository: str, revision: str | None, patterns: Sequence[str]) -> Snapshot:
    try:
        path = snapshot_download(
            repository, revision=revision, allow_patterns=list(patterns), etag_timeout=_METADATA_SECONDS
        )
    except GatedRepoError:
        raise ModelUnavailable(
            f"the hub repository {repository} needs its terms accepted; log in with `hf auth login`"
        ) from None
    except (RepositoryNotFoundError, HFValidationError):
        raise ModelUnavailable(f"the hub has no repository {repository!r}; check the model's name") from None
    except RevisionNotFoundError:
        raise ModelUnavailable(f"the hub repository {repository} has no revision {revision!r}") from None
    except LocalEntryNotFoundError:
        raise ModelUnavailable(
            f"{repository} is not in this machine's Hugging Face cache and the hub cannot be reached; connect to"
            " the network once, set HF_HOME to a filled cache, or use the starter zoo or local: models"
        ) from None
    except (HfHubHTTPError, OSError) as error:
        raise ModelUnavailable(f"the hub repository {repository} could not be fetched: {error}") from error
    return _snapshot(path)


def _snapshot(path: str) -> Snapshot:
    directory = Path(path)
    return Snapshot(directory, directory.name)


def _complete(snapshot: Snapshot, needed: Sequence[str]) -> bool:
    return any((snapshot.directory / name).is_file() for name in needed)
