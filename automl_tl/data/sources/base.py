"""What a dataset source must be able to do; one file and one registration per URI scheme."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TypeAlias

from automl_tl.data.limits import Limits
from automl_tl.errors import DatasetError
from automl_tl.registry import Registry

__all__ = [
    "DatasetSource",
    "Progress",
    "dataset_sources",
    "fetch_dataset",
    "fetching_words",
    "quietly",
    "scheme_of",
]

Progress: TypeAlias = Callable[[int, int], None]
"""Told now and then, in the caller's thread, how many bytes have come and how many there are (0: nobody knows);
what it raises ends the transfer, of which nothing stays."""


def quietly(come: int, whole: int) -> None:
    """Progress that nobody wants to hear of."""


def fetching_words(come: int, whole: int) -> str:
    """Say how many of the bytes of a transfer have come; ``whole`` is 0 where nobody knows it."""
    of = f" of {whole / 1e6:.1f}" if whole else ""
    return f"fetching the data: {come / 1e6:.1f}{of} MB"


class DatasetSource(ABC):
    """Brings the dataset behind a URI of one scheme onto this machine."""

    scheme: str

    @abstractmethod
    def fetch(
        self,
        uri: str,
        workdir: Path,
        limits: Limits,
        *,
        roots: Sequence[Path] | None = None,
        hosts: Sequence[str] | None = None,
        stores: Sequence[str] | None = None,
        progress: Progress = quietly,
    ) -> Path:
        """Return a folder that holds the dataset's content.

        Parameters
        ----------
        uri
            Of this scheme.
        workdir
            An existing folder for what must be written; the content itself if it lies elsewhere is left as it is.
        roots
            Folders that the operator allows; None means that the caller may read what the process may read.
        hosts
            Hosts that the operator allows, in lower case; None means every public one.
        stores
            What the operator allows of object stores, such as ``s3://bucket`` or ``gs://bucket/folder``; None
            means that the caller may read what the process may read.

        Raises
        ------
        DatasetError
            If there is nothing, it lies outside ``roots``, ``hosts`` and ``stores``, or it is no dataset.
        LimitExceeded
            Beyond ``limits``.
        Unavailable
            If it cannot be reached for the moment.
        """


def _load_builtin() -> None:
    for name in ("file", "https", "object_store"):
        import_module(f"automl_tl.data.sources.{name}")


dataset_sources: Registry[DatasetSource] = Registry("dataset_source", _load_builtin)


def scheme_of(uri: str) -> str:
    """Return the scheme of a URI in lower case; a plain path has the scheme ``file``."""
    match = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", uri)
    return match.group(1).lower() if match else "file"


def fetch_dataset(
    uri: str,
    workdir: Path,
    limits: Limits | None = None,
    *,
    roots: Sequence[Path] | None = None,
    hosts: Sequence[str] | None = None,
    stores: Sequence[str] | None = None,
    progress: Progress = quietly,
) -> Path:
    """Fetch a dataset by URI or plain path through the source of its scheme; see :meth:`DatasetSource.fetch`."""
    if "::" in uri and "://" in uri:
        raise DatasetError(f"uri: chains of addresses (::) are not followed, got {uri!r:.80}", field="uri")
    scheme = scheme_of(uri)
    if scheme not in dataset_sources:
        known = ", ".join(f"{name}://" for name in dataset_sources)
        raise DatasetError(f"uri: the scheme of {uri!r:.200} is not supported; supported: {known}", field="uri")
    source = dataset_sources.get(scheme)
    return source.fetch(
        uri, workdir, limits or Limits(), roots=roots, hosts=hosts, stores=stores, progress=progress
    )
