"""From files that somebody sent to a dataset's record; the data room does the checking."""

from __future__ import annotations

from pathlib import Path

from automl_tl.data.dataset import Dataset
from automl_tl.data.load import load_dataset
from automl_tl.data.sources.base import fetch_dataset
from automl_tl.data.sources.file import open_path
from automl_tl.errors import DataCorrupted, NotFound
from automl_tl.pipeline.columns import summarise_columns
from automl_tl.server.backend import Backend
from automl_tl.store.records import DatasetRecord
from automl_tl.store.requests import RequestKey

__all__ = ["MAX_DISPLAY_NAME", "register", "store_upload"]

MAX_DISPLAY_NAME = 128
_ISSUES = 100
_STORE_ATTEMPTS = 3


def store_upload(
    backend: Backend, project: str, upload: Path, *, sha256: str, file_name: str, modality: str, display_name: str
) -> DatasetRecord:
    """Check an uploaded file and store it as a dataset, or return the one with the same content.

    Parameters
    ----------
    upload
        The received bytes, in a directory of their own in which this function may write.
    sha256
        Digest of the received bytes.

    Raises
    ------
    DatasetError
        Naming row, field or file, and the rule.
    LimitExceeded
        If the content is too large.
    """
    limits = backend.config.limits
    dataset = load_dataset(
        open_path(upload, upload.parent, limits, name=file_name), modality=modality, limits=limits
    )
    known = _known(backend, project, dataset.digest)
    if known is not None:
        return known
    record = _record(dataset, project, display_name or file_name, size_bytes=upload.stat().st_size)
    for attempt in range(_STORE_ATTEMPTS):
        blob = backend.blobs.adopt(upload, sha256)
        uploaded = DatasetRecord(**{**vars(record), "blob": blob.sha256, "file_name": file_name})
        try:
            stored = backend.ledger.datasets.add(uploaded, backend.blobs)
        except DataCorrupted:
            # The same bytes were deleted from another project in the moment between the two steps.
            if attempt == _STORE_ATTEMPTS - 1:
                raise
            continue
        break
    # Somebody may have stored the same content in another packing meanwhile; then these bytes belong to nobody.
    backend.ledger.references.erase([blob.sha256], backend.blobs)
    return stored


def register(
    backend: Backend, project: str, uri: str, scratch: Path, *, modality: str, display_name: str, key: RequestKey
) -> DatasetRecord:
    """Check data below one of the server's data roots and remember where it lies.

    Raises
    ------
    DatasetError
        If it lies elsewhere, is not there, or breaks a rule.
    """
    config = backend.config
    root = fetch_dataset(uri, scratch, config.limits, roots=config.data_roots)
    dataset = load_dataset(root, modality=modality, limits=config.limits)
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    name = display_name or uri.rstrip("/").rpartition("/")[2]
    record = DatasetRecord(**{**vars(_record(dataset, project, name, size_bytes=size)), "uri": uri})
    return backend.ledger.datasets.add(record, backend.blobs, key=key)


def _record(dataset: Dataset, project: str, display_name: str, *, size_bytes: int) -> DatasetRecord:
    return DatasetRecord(
        project=project,
        digest=dataset.digest,
        display_name=display_name[:MAX_DISPLAY_NAME],
        modality=dataset.modality,
        columns=summarise_columns(dataset),
        row_count=len(dataset),
        size_bytes=size_bytes,
        issues=dataset.issues[:_ISSUES],
        issue_count=len(dataset.issues),
    )


def _known(backend: Backend, project: str, digest: str) -> DatasetRecord | None:
    try:
        return backend.ledger.datasets.get(project, digest)
    except NotFound:
        return None
