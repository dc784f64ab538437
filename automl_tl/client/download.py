"""Write artifacts to disk: resumable by offset, checked against their digest, under safe names only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import grpc

from automl_tl.client.backoff import Backoff
from automl_tl.client.connection import Connection
from automl_tl.client.types import Artifact
from automl_tl.client.upload import Progress
from automl_tl.directories import make_directory
from automl_tl.errors import DataCorrupted, OutOfRange
from automl_tl.names import digest_file, parse_artifact
from automl_tl.v1 import artifacts_pb2

__all__ = ["fetch", "local_path"]

OpenRead = Callable[[int], Iterable[artifacts_pb2.ReadArtifactResponse]]
"""Opens a stream of an artifact's bytes from an offset."""

_MOST_VERSIONS = 5


def local_path(artifact: Artifact, directory: Path) -> Path:
    """Return where an artifact goes; raises InvalidName if its name could lead out of ``directory``."""
    return directory / parse_artifact(artifact.name)[2]


def fetch(
    artifact: Artifact,
    directory: Path,
    open_read: OpenRead,
    *,
    look_again: Callable[[], Artifact],
    connection: Connection,
    backoff: Backoff,
    on_progress: Progress | None = None,
) -> Path:
    """Download one artifact and return its path; what an earlier try left in ``.NAME.part`` is used.

    Parameters
    ----------
    look_again
        Asks the service for the artifact's description. Where bytes do not match and it is another one by now, as
        the best model so far may be, the new one is read from its start.

    Raises
    ------
    DataCorrupted
        If the bytes do not match the artifact's size or digest, also when read again from the start, or if it is
        replaced faster than it can be read.
    InvalidInput
        If ``directory`` cannot be made.
    Unavailable
        If the service stays away longer than ``backoff`` waits.
    """
    for _ in range(_MOST_VERSIONS):
        try:
            return _fetch_this(artifact, directory, open_read, connection, backoff, on_progress)
        except (DataCorrupted, OutOfRange):
            now = look_again()
            if now.sha256 == artifact.sha256:
                raise
            artifact = now
            _part_of(local_path(now, directory)).unlink(missing_ok=True)
    raise DataCorrupted(
        f"{artifact.name} was replaced {_MOST_VERSIONS} times while it was read; download it again a little later"
    )


def _part_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.part")


def _fetch_this(
    artifact: Artifact,
    directory: Path,
    open_read: OpenRead,
    connection: Connection,
    backoff: Backoff,
    on_progress: Progress | None,
) -> Path:
    target = local_path(artifact, directory)
    if target.is_file() and digest_file(target) == artifact.sha256:
        return target
    make_directory(directory)
    part = _part_of(target)
    resumed = part.exists() and part.stat().st_size > 0
    _receive(artifact, part, open_read, connection, backoff, on_progress)
    if resumed and digest_file(part) != artifact.sha256:
        part.unlink()
        _receive(artifact, part, open_read, connection, backoff, on_progress)
    if digest_file(part) != artifact.sha256:
        part.unlink()
        raise DataCorrupted(f"the bytes of {artifact.name} do not match their digest; download it again")
    return part.replace(target)


def _receive(
    artifact: Artifact,
    part: Path,
    open_read: OpenRead,
    connection: Connection,
    backoff: Backoff,
    on_progress: Progress | None,
) -> None:
    """Append the missing bytes to ``part``, opening the stream again where it breaks."""
    with part.open("ab") as handle:
        if handle.tell() > artifact.size_bytes:
            handle.truncate(0)
        while handle.tell() < artifact.size_bytes:
            try:
                for piece in open_read(handle.tell()):
                    _check_piece(artifact, piece, handle.tell())
                    handle.write(piece.chunk)
                    backoff.reset()
                    if on_progress is not None:
                        on_progress(handle.tell(), artifact.size_bytes)
            except grpc.RpcError as error:
                worded = connection.worded(error)
                if not connection.broken(error) or not backoff.wait():
                    raise worded from None
            else:
                if handle.tell() < artifact.size_bytes and not backoff.wait():
                    raise DataCorrupted(f"the service sends {artifact.name} shorter than it says; try again")


def _check_piece(artifact: Artifact, piece: artifacts_pb2.ReadArtifactResponse, place: int) -> None:
    if not piece.chunk:
        raise DataCorrupted(
            f"the service has {place} bytes of {artifact.name}, which has {artifact.size_bytes}; download it again"
        )
    if piece.offset != place or place + len(piece.chunk) > artifact.size_bytes:
        raise DataCorrupted(
            f"the service sent bytes {piece.offset} to {piece.offset + len(piece.chunk)} of {artifact.name} "
            f"where byte {place} of {artifact.size_bytes} was due; download it again"
        )
