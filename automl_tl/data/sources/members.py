"""Copies the files of a dataset out of an object store, several at once, with an eye on sizes and time."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automl_tl.data.sources.base import Progress
from automl_tl.errors import DatasetError, Unavailable

__all__ = ["Member", "copy_members"]

_PIECE = 8 << 20
_AT_ONCE = 8
"""Files that are fetched at once: most data sets are many small ones, each of which waits for an answer."""
_LOOK_SECONDS = 0.25


@dataclass(frozen=True)
class Member:
    """One file: its path in the store, the parts of its path in the dataset, and its bytes when it was listed."""

    path: str
    parts: tuple[str, ...]
    size: int


def copy_members(
    files: Any, members: Sequence[Member], target: Path, *, longest: float, progress: Progress
) -> None:
    """Copy files to the folder ``target``; when this returns or raises, nothing is under way.

    Parameters
    ----------
    files
        The file system that holds them, as fsspec has it.
    longest
        Seconds that all of it may take.

    Raises
    ------
    DatasetError
        If a name stands for two files, or for a file and a folder.
    Unavailable
        If a file has not the bytes with which it was listed, or time runs out.
    """
    _Copies(files, members, target, longest).run(progress)


class _Copies:
    """Copies members with several threads; whatever ends it ends all of them."""

    def __init__(self, files: Any, members: Sequence[Member], target: Path, longest: float) -> None:
        self._files = files
        self._waiting = iter(members)
        self._whole = sum(member.size for member in members)
        self._target = target
        self._until = time.monotonic() + longest
        self._come = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def run(self, progress: Progress) -> None:
        """Copy everything; raises what the store, the disk or ``progress`` does."""
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="fetch") as pool:
            running = {pool.submit(self._work) for _ in range(_AT_ONCE)}
            try:
                while running:
                    done, running = wait(running, timeout=_LOOK_SECONDS, return_when=FIRST_EXCEPTION)
                    for each in done:
                        each.result()
                    progress(self._come, self._whole)
                    if time.monotonic() > self._until:
                        raise Unavailable("uri: the transfer takes too long; upload the data instead")
            finally:
                self._ended.set()

    def _work(self) -> None:
        while not self._ended.is_set():
            with self._lock:
                member = next(self._waiting, None)
            if member is None:
                return
            self._copy(member)

    def _copy(self, member: Member) -> None:
        path = self._target.joinpath(*member.parts)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            sink = path.open("xb")
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            raise DatasetError(f"{'/'.join(member.parts)}: is there twice, or as a file and a folder") from None
        size = 0
        # Without a cache: pieces are read once and in order.
        with sink, self._files.open(member.path, "rb", block_size=_PIECE, cache_type="none") as source:
            while not self._ended.is_set() and (piece := source.read(_PIECE)):
                size += len(piece)
                if size > member.size:
                    break
                sink.write(piece)
                with self._lock:
                    self._come += len(piece)
        if size != member.size and not self._ended.is_set():
            raise Unavailable("uri: the data changes while it is read; try again when it does not")
