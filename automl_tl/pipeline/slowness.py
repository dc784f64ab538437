"""How busy this machine is: by how much longer work takes than it would on a processor of its own."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["slowness"]

_WORK = 0.06
"""Seconds of processor time: several slices of a scheduler, so that a busy neighbour is met."""
_MOST = 6.0


def slowness(
    *,
    work: float = _WORK,
    clock: Callable[[], float] = time.perf_counter,
    spent: Callable[[], float] = time.thread_time,
) -> float:
    """Return wall time by processor time of a short piece of work, from 1 (nobody else computes) to 6.

    Parameters
    ----------
    work
        Seconds of processor time to spend.
    clock, spent
        Wall time, and processor time of this thread.
    """
    began, before = clock(), spent()
    while (used := spent() - before) < work and clock() - began < _MOST * work:
        sum(range(2000))
    return min(_MOST, max(1.0, (clock() - began) / max(used, 1e-9)))
