"""From files that somebody sent to a dataset's record; a process of its own does the reading."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from automl_tl.data.sources.base import scheme_of
from automl_tl.data.sources.object_store import STORE_SCHEMES
from automl_tl.errors import DataCorrupted, FailedPrecondition, NotFound
from automl_tl.server.backend import Backend
from automl_tl.server.intake_child import Order, ReadDataset
from automl_tl.store.datasets import check_modality
from automl_tl.store.records import DatasetRecord
from automl_tl.store.requests import RequestKey

__all__ = ["MAX_DISPLAY_NAME", "register", "store_upload"]

MAX_DISPLAY_NAME = 128
_STORE_ATTEMPTS = 3


async def store_upload(
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
    FailedPrecondition
        If the same content is there with another modality than ``modality``.
    """
    order = _order(backend, upload.parent, path=str(upload), file_name=file_name, modality=modality)
    found = await backend.intake.read(order)
    record = _record(found, project, display_name or file_name, size_bytes=upload.stat().st_size)
    return await backend.run_long(_store, backend, record, upload, sha256, file_name, modality)


async def register(
    backend: Backend, project: str, uri: str, scratch: Path, *, modality: str, display_name: str, key: RequestKey
) -> DatasetRecord:
    """Check data in one of the server's data roots, hosts or stores, and remember where it lies.

    A process that has credentials copies from stores, and another that has none reads the copy.

    Raises
    ------
    DatasetError
        If it lies elsewhere, is not there, or breaks a rule.
    FailedPrecondition
        If the same content is there with another modality than ``modality``.
    """
    order = _order(backend, scratch, uri=uri, modality=modality)
    if scheme_of(uri) in STORE_SCHEMES:
        order = replace(order, uri="", path=await backend.fetching.fetch(replace(order, fetch=True)))
    found = await backend.intake.read(order)
    name = display_name or uri.rstrip("/").rpartition("/")[2]
    record = _record(found, project, name, size_bytes=found.file_bytes)
    registered = DatasetRecord(**{**vars(record), "uri": uri})
    return await backend.run(backend.ledger.datasets.add, registered, backend.blobs, key=key, modality=modality)


def _order(
    backend: Backend, scratch: Path, *, path: str = "", uri: str = "", file_name: str = "", modality: str
) -> Order:
    config = backend.config
    return Order(
        scratch=str(scratch),
        path=path,
        uri=uri,
        file_name=file_name,
        modality=modality,
        limits=config.limits,
        roots=tuple(map(str, config.data_roots)),
        hosts=config.data_hosts,
        stores=config.data_stores,
        memory_bytes=config.intake_memory_bytes,
        cpu_seconds=config.intake_cpu_seconds,
    )


def _store(
    backend: Backend, record: DatasetRecord, upload: Path, sha256: str, file_name: str, modality: str
) -> DatasetRecord:
    known = _known(backend, record.project, record.digest)
    if known is not None and known.blob:
        check_modality(known, modality)
        return known
    for attempt in range(_STORE_ATTEMPTS):
        blob = backend.blobs.adopt(upload, sha256)
        uploaded = DatasetRecord(**{**vars(record), "blob": blob.sha256, "file_name": file_name})
        try:
            stored = backend.ledger.datasets.add(uploaded, backend.blobs, modality=modality)
        except FailedPrecondition:
            backend.ledger.references.erase([blob.sha256], backend.blobs)
            raise
        except DataCorrupted:
            # The same bytes were deleted from another project in the moment between the two steps.
            if attempt == _STORE_ATTEMPTS - 1:
                raise
            continue
        break
    # Somebody may have stored the same content in another packing meanwhile; then these bytes belong to nobody.
    backend.ledger.references.erase([blob.sha256], backend.blobs)
    return stored


def _record(found: ReadDataset, project: str, display_name: str, *, size_bytes: int) -> DatasetRecord:
    return DatasetRecord(
        project=project,
        digest=found.digest,
        display_name=display_name[:MAX_DISPLAY_NAME],
        modality=found.modality,
        columns=found.columns,
        row_count=found.row_count,
        size_bytes=size_bytes,
        issues=found.issues,
        issue_count=found.issue_count,
    )


def _known(backend: Backend, project: str, digest: str) -> DatasetRecord | None:
    try:
        return backend.ledger.datasets.get(project, digest)
    except NotFound:
        return None
