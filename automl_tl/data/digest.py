"""The identity of a dataset: its files, and nothing about how they were packed or what they are used for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from automl_tl.data.parallel import thread_map
from automl_tl.data.tables.base import TABLE_SUFFIXES
from automl_tl.names import digest_file, digest_json

__all__ = ["content_digest", "digest_of_files"]


def content_digest(root: Path, files: Sequence[str]) -> str:
    """Return the SHA-256 over the sorted pairs (relative path, SHA-256 of the bytes) as 64 hex digits.

    A table without any other file counts as ``manifest`` with its ending: what people call it says nothing.
    """
    return digest_of_files(dict(zip(files, thread_map(lambda name: digest_file(root / name), files), strict=True)))


def digest_of_files(digests: Mapping[str, str]) -> str:
    """Return :func:`content_digest` of files of which the SHA-256 of each is known, by relative path."""
    ordered = sorted(digests)
    return digest_json([[told, digests[name]] for told, name in zip(_told(ordered), ordered, strict=True)])


def _told(files: Sequence[str]) -> Sequence[str]:
    if len(files) != 1:
        return files
    path = PurePosixPath(files[0])
    lone = len(path.parts) == 1 and path.suffix.lower() in TABLE_SUFFIXES
    return [f"manifest{path.suffix.lower()}"] if lone else files
