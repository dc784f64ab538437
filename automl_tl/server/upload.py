"""Receiving an upload: header, chunks, and the promise that what was sent is what arrived."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from automl_tl import names
from automl_tl.data.archive import ARCHIVE_SUFFIXES
from automl_tl.data.tables.base import TABLE_SUFFIXES
from automl_tl.errors import DataCorrupted, InvalidInput, LimitExceeded, OutOfRange
from automl_tl.server.backend import Backend
from automl_tl.server.intake import MAX_DISPLAY_NAME
from automl_tl.server.partial_uploads import check_upload_id
from automl_tl.v1 import datasets_pb2 as wire

__all__ = ["MAX_CHUNK", "Header", "check_display_name", "read_header", "receive", "upload_place"]

MAX_CHUNK = 1 << 20


@dataclass(frozen=True)
class Header:
    """What the first message of an upload says; ``sha256`` as 64 hex digits, ``upload_id`` "" keeps nothing."""

    project: str
    file_name: str
    size_bytes: int
    sha256: str
    modality: str
    display_name: str
    upload_id: str = ""
    offset: int = 0


@asynccontextmanager
async def upload_place(
    backend: Backend, *, project: str, file_name: str, size_bytes: int = 0, sha256: str = ""
) -> AsyncIterator[Path]:
    """Give an upload a directory of its own and erase it, however the upload ends."""
    # The name is known before anything is made: a caller may go away while the directory is being made.
    place = backend.directory.uploads / uuid.uuid4().hex
    uploads = backend.ledger.uploads
    try:
        await backend.run(
            uploads.begin,
            place,
            project=project,
            file_name=file_name,
            size_bytes=size_bytes,
            sha256=sha256,
            quota=backend.config.quota,
        )
        yield place
    finally:
        await backend.clean_up(uploads.end, place)


async def read_header(messages: AsyncIterator[wire.UploadDatasetRequest], *, max_bytes: int) -> Header:
    """Read and check the first message; raises InvalidInput, or LimitExceeded before anything is sent in vain."""
    first = await anext(messages, None)
    if first is None or first.WhichOneof("part") != "header":
        raise InvalidInput("the first message of an upload must be its header", field="header")
    header = first.header
    if not header.file_name.lower().endswith((*ARCHIVE_SUFFIXES, *TABLE_SUFFIXES)):
        known = ", ".join((*ARCHIVE_SUFFIXES, *TABLE_SUFFIXES))
        raise InvalidInput(
            f"header.file_name must end in one of {known} but got {header.file_name!r:.80}",
            field="header.file_name",
        )
    if "/" in header.file_name or "\\" in header.file_name or "\0" in header.file_name:
        raise InvalidInput(
            f"header.file_name must be a name without a directory but got {header.file_name!r:.80}",
            field="header.file_name",
        )
    if len(header.sha256) != 32:
        raise InvalidInput(f"header.sha256 must be 32 bytes but got {len(header.sha256)}", field="header.sha256")
    if header.size_bytes < 1:
        raise InvalidInput(
            f"header.size_bytes must be at least 1 but got {header.size_bytes}", field="header.size_bytes"
        )
    if not 0 <= header.offset <= (header.size_bytes if header.upload_id else 0):
        raise OutOfRange(
            f"header.offset must be in [0, {header.size_bytes}], 0 without an upload_id, but got {header.offset}",
            field="header.offset",
        )
    if header.size_bytes > max_bytes:
        raise LimitExceeded(f"header.size_bytes is {header.size_bytes} but this server takes at most {max_bytes}")
    return Header(
        project=names.parse_project(header.parent, field="header.parent"),
        file_name=header.file_name,
        size_bytes=header.size_bytes,
        sha256=header.sha256.hex(),
        modality=header.dataset.modality,
        display_name=check_display_name(header.dataset.display_name, field="header.dataset.display_name"),
        upload_id=check_upload_id(header.upload_id, field="header.upload_id") if header.upload_id else "",
        offset=header.offset,
    )


async def receive(
    messages: AsyncIterator[wire.UploadDatasetRequest], header: Header, target: Path, backend: Backend
) -> None:
    """Write the chunks to ``target``, behind what is there already.

    Raises
    ------
    InvalidInput
        If a message is no chunk, or a chunk is larger than 1 MiB.
    OutOfRange
        If the header's offset lies beyond what is there.
    DataCorrupted
        If size or digest is not what the header promised.
    """
    size = header.offset
    with target.open("ab") as handle:
        digest = await backend.run_long(_go_on, handle, target, header)
        async for message in messages:
            chunk = _chunk_of(message)
            size += len(chunk)
            if size > header.size_bytes:
                raise DataCorrupted(
                    f"the upload has more than the {header.size_bytes} bytes of its header; send it again"
                )
            await backend.run(_append, handle, digest, chunk)
            backend.metrics.transferred("in", len(chunk))
    if size < header.size_bytes:
        raise DataCorrupted(f"the upload ended after {size} of {header.size_bytes} bytes; send it again")
    if digest.hexdigest() != header.sha256:
        raise DataCorrupted(
            f"the upload's SHA-256 is {digest.hexdigest()} but its header says {header.sha256}; send it again"
        )


def check_display_name(name: str, *, field: str) -> str:
    """Return a name for people if it is short enough; raises InvalidInput."""
    if len(name) > MAX_DISPLAY_NAME:
        raise InvalidInput(
            f"{field} must have at most {MAX_DISPLAY_NAME} characters but has {len(name)}", field=field
        )
    return name


def _chunk_of(message: wire.UploadDatasetRequest) -> bytes:
    if message.WhichOneof("part") != "chunk":
        raise InvalidInput("every message after the header must be a chunk", field="chunk")
    if len(message.chunk) > MAX_CHUNK:
        raise InvalidInput(
            f"chunk must have at most {MAX_CHUNK} bytes but has {len(message.chunk)}", field="chunk"
        )
    return bytes(message.chunk)


def _go_on(handle: IO[bytes], target: Path, header: Header) -> Any:
    """Cut the file at the offset and return the digest of what is left of it."""
    there = handle.tell()
    if header.offset > there:
        raise OutOfRange(
            f"header.offset is {header.offset} but only {there} bytes are there; ask GetUpload",
            field="header.offset",
        )
    handle.truncate(header.offset)
    with target.open("rb") as written:
        return hashlib.file_digest(written, "sha256")


def _append(handle: IO[bytes], digest: Any, chunk: bytes) -> None:
    handle.write(chunk)
    handle.flush()
    digest.update(chunk)
