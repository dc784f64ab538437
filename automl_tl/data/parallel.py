"""How many processors there are, and a map over threads for work that waits for files or decoders.

Those release the interpreter lock.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

__all__ = ["processors", "thread_map"]

T = TypeVar("T")
R = TypeVar("R")

_MAX_THREADS = 8  # each may hold one whole decoded image
_CHUNK = 64  # handing over single items costs more than hashing a short text

_LIMIT = Path("/sys/fs/cgroup/cpu.max")
"""Where a container sees its own limit (cgroup v2): microseconds of a period, or "max", and the period."""


def processors(limit: Path = _LIMIT) -> int:
    """Return how many processors this process may use, at least 1: a container or a batch job has not all of them.

    Parameters
    ----------
    limit
        File with the limit of the control group; a part of a processor counts as one.
    """
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = limit.read_text(encoding="ascii").split()
        allowed = math.ceil(int(quota) / int(period))
    except (OSError, ValueError, ZeroDivisionError):  # no limit ("max"), or none that can be read
        return there
    return max(1, min(there, allowed))


def thread_map(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return ``function`` of every item, in order; the first exception is raised."""
    every = list(items)
    chunks = [every[start : start + _CHUNK] for start in range(0, len(every), _CHUNK)]
    with ThreadPoolExecutor(min(_MAX_THREADS, processors())) as pool:
        parts = pool.map(lambda chunk: [function(item) for item in chunk], chunks)
        return [result for part in parts for result in part]
