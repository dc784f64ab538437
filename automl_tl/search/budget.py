"""Limits of a job and the clock that watches them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Budget", "Deadline", "StopReason", "devices_held"]


class StopReason(StrEnum):
    """Why a finished job stopped searching."""

    COMPLETED = "COMPLETED"
    BUDGET_TRIALS = "BUDGET_TRIALS"
    BUDGET_WALL_TIME = "BUDGET_WALL_TIME"
    BUDGET_GPU_SECONDS = "BUDGET_GPU_SECONDS"
    BUDGET_MONEY = "BUDGET_MONEY"
    STOP_AFTER = "STOP_AFTER"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


def devices_held(gpus: float, cpus: float) -> dict[StopReason, float]:
    """Return how many devices a trial holds, by the limit that counts them: processors where it has no GPU."""
    return {StopReason.BUDGET_GPU_SECONDS: gpus, StopReason.BUDGET_MONEY: gpus or cpus}


@dataclass(frozen=True)
class Budget:
    """Limits of a job; the first one reached ends the search.

    ``trials`` counts search trials (the probe's incumbents are free). ``wall_seconds`` counts from RUNNING to
    the terminal state, all stages included; None means no limit. ``gpu_seconds`` counts seconds of whole GPUs and
    limits nothing where trials use none. ``money`` is what device time may cost at ``price_per_device_hour``; a
    device is a GPU, or a processor where trials use no GPU.
    """

    trials: int = 20
    wall_seconds: float | None = None
    gpu_seconds: float | None = None
    money: float | None = None
    price_per_device_hour: float = 0.0

    def trial_seconds(self, *, gpus: float, cpus: float, spent: float, kept: float) -> dict[StopReason, float]:
        """Return how long all trials together may run, by the limit that says so.

        Parameters
        ----------
        gpus, cpus
            What one trial holds while it runs.
        spent
            Seconds for which the job has held one device before its search.
        kept
            Share of each limit, in [0, 1), that the stages after search need.
        """
        held = devices_held(gpus, cpus)
        return {
            reason: ((1 - kept) * seconds - spent) / held[reason]
            for reason, seconds in self.device_seconds().items()
            if held[reason] > 0
        }

    def device_seconds(self) -> dict[StopReason, float]:
        """Return for how many seconds of one device the whole job may last, by the limit that says so."""
        limits = {}
        if self.gpu_seconds is not None:
            limits[StopReason.BUDGET_GPU_SECONDS] = self.gpu_seconds
        if self.money is not None and self.price_per_device_hour > 0:
            limits[StopReason.BUDGET_MONEY] = 3600 * self.money / self.price_per_device_hour
        return limits


@dataclass(frozen=True)
class Deadline:
    """A point in time on a clock; ``at`` is None where there is no limit."""

    at: float | None
    clock: Callable[[], float] = time.time

    @classmethod
    def after(cls, seconds: float | None, *, clock: Callable[[], float] = time.time) -> Deadline:
        """Return the deadline ``seconds`` from now, or none."""
        return cls(None if seconds is None else clock() + seconds, clock)

    def remaining(self) -> float:
        """Return the seconds left, possibly negative; infinity where there is no limit."""
        return float("inf") if self.at is None else self.at - self.clock()

    def passed(self) -> bool:
        """Return whether no time is left."""
        return self.remaining() <= 0

    def earlier(self, seconds: float) -> Deadline:
        """Return the deadline that lies ``seconds`` before this one."""
        return Deadline(None if self.at is None else self.at - seconds, self.clock)

    def comes_before(self, other: Deadline) -> bool:
        """Return whether this deadline lies before the other one; no limit lies after every limit."""
        return self.at is not None and (other.at is None or self.at < other.at)

    def at_least(self, other: Deadline) -> Deadline:
        """Return the later one of the two."""
        return other if self.comes_before(other) else self
