"""Times a computation several times until a moment."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

__all__ = ["Stopwatch"]


@dataclass(frozen=True)
class Stopwatch:
    """Has a moment, on the clock of ``time.perf_counter``, after which nothing more is begun."""

    until: float

    @classmethod
    def ending_in(cls, seconds: float) -> Stopwatch:
        """Return one whose time is up in so many seconds."""
        return cls(time.perf_counter() + seconds)

    def left(self) -> float:
        """Return the seconds that are left, negative once time is up."""
        return self.until - time.perf_counter()

    def share(self, fraction: float) -> Stopwatch:
        """Return one that has this share of the time that is left."""
        return Stopwatch.ending_in(fraction * self.left())

    def median(self, run: Callable[[], Any], *, at_most: int) -> float:
        """Return the median seconds of ``run``, computed at least once, at most so often; a GPU is waited for."""
        times = [_seconds(run)]
        while len(times) < at_most and self.left() > 0:
            times.append(_seconds(run))
        return statistics.median(times)


def _seconds(run: Callable[[], Any]) -> float:
    _wait()
    began = time.perf_counter()
    run()
    _wait()
    return time.perf_counter() - began


def _wait() -> None:
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.synchronize()
