"""A map over threads for work that waits for files or decoders, which release the interpreter lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["thread_map"]

T = TypeVar("T")
R = TypeVar("R")

_MAX_THREADS = 8  # each may hold one whole decoded image
_CHUNK = 64  # handing over single items costs more than hashing a short text


def thread_map(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return ``function`` of every item, in order; the first exception is raised."""
    every = list(items)
    chunks = [every[start : start + _CHUNK] for start in range(0, len(every), _CHUNK)]
    with ThreadPoolExecutor(min(_MAX_THREADS, os.cpu_count() or 1)) as pool:
        parts = pool.map(lambda chunk: [function(item) for item in chunk], chunks)
        return [result for part in parts for result in part]
