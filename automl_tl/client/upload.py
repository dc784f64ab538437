"""One upload: a header, then chunks; a broken one goes on where it broke."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc

from automl_tl.client.backoff import Backoff
from automl_tl.client.connection import Connection
from automl_tl.names import digest_file
from automl_tl.v1 import datasets_pb2

__all__ = ["CHUNK_BYTES", "Progress", "Upload", "send"]

CHUNK_BYTES = 1 << 20
"""Largest chunk that the wire contract allows."""

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all)."""


@dataclass(frozen=True)
class Upload:
    """What is uploaded, and under which names."""

    file: Path
    parent: str
    modality: str = ""
    display_name: str = ""


def send(
    upload: Upload, connection: Connection, backoff: Backoff, *, on_progress: Progress | None = None
) -> datasets_pb2.Dataset:
    """Upload a file and return its dataset; raises errors of ``automl_tl.errors``.

    After a broken stream the service is asked how much it has, and gets the rest. ``backoff`` says how long that
    is tried without any progress.
    """
    size = upload.file.stat().st_size
    header = datasets_pb2.UploadHeader(
        parent=upload.parent,
        dataset=datasets_pb2.Dataset(display_name=upload.display_name, modality=upload.modality),
        file_name=upload.file.name,
        size_bytes=size,
        sha256=bytes.fromhex(digest_file(upload.file)),
        upload_id=str(uuid.uuid4()),
    )
    while True:
        try:
            messages = _messages(upload.file, header, on_progress)
            return connection.datasets.UploadDataset(messages)
        except grpc.RpcError as error:
            worded = connection.worded(error)
            if not connection.broken(error) or not backoff.wait():
                raise worded from None
        there = _received(header, connection)
        if there > header.offset:
            backoff.reset()
        header.offset = there


def _messages(
    file: Path, header: datasets_pb2.UploadHeader, on_progress: Progress | None
) -> Iterator[datasets_pb2.UploadDatasetRequest]:
    """Yield the header, then the bytes from its offset on in chunks of at most 1 MiB."""
    yield datasets_pb2.UploadDatasetRequest(header=header)
    done = header.offset
    with file.open("rb") as handle:
        handle.seek(done)
        while chunk := handle.read(CHUNK_BYTES):
            yield datasets_pb2.UploadDatasetRequest(chunk=chunk)
            done += len(chunk)
            if on_progress is not None:
                on_progress(done, header.size_bytes)


def _received(header: datasets_pb2.UploadHeader, connection: Connection) -> int:
    """Return how much of the upload is there, 0 if nobody can tell: then all of it is sent again."""
    request = datasets_pb2.GetUploadRequest(parent=header.parent, upload_id=header.upload_id)
    try:
        received: int = connection.datasets.GetUpload(request, timeout=connection.timeout).received_bytes
    except grpc.RpcError:
        return 0
    return received if 0 <= received <= header.size_bytes else 0
