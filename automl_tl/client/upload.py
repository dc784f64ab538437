"""The messages of one upload: a header, then chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from automl_tl.names import digest_file
from automl_tl.v1 import datasets_pb2

__all__ = ["CHUNK_BYTES", "Progress", "upload_messages"]

CHUNK_BYTES = 1 << 20
"""Largest chunk that the wire contract allows."""

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all)."""


def upload_messages(
    file: Path, *, parent: str, modality: str, display_name: str, file_name: str, on_progress: Progress | None
) -> Iterator[datasets_pb2.UploadDatasetRequest]:
    """Yield the header with size and SHA-256 of ``file``, then its bytes in chunks of at most 1 MiB."""
    size = file.stat().st_size
    header = datasets_pb2.UploadHeader(
        parent=parent,
        dataset=datasets_pb2.Dataset(display_name=display_name, modality=modality),
        file_name=file_name,
        size_bytes=size,
        sha256=bytes.fromhex(digest_file(file)),
    )
    yield datasets_pb2.UploadDatasetRequest(header=header)
    done = 0
    with file.open("rb") as handle:
        while chunk := handle.read(CHUNK_BYTES):
            yield datasets_pb2.UploadDatasetRequest(chunk=chunk)
            done += len(chunk)
            if on_progress is not None:
                on_progress(done, size)
