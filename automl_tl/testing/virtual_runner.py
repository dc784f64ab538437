"""A trial runner with many slots whose trials take time only on a clock of its own."""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from automl_tl.finetune.workload import CurvePoint, SoFar, TrialOutcome, Workload
from automl_tl.search.budget import Deadline
from automl_tl.search.lifecycle import begin, cut, finish, with_point
from automl_tl.search.runner import Resources, TrialEvents, TrialSource
from automl_tl.search.trial import Trial

__all__ = ["VirtualClock", "VirtualRunner"]

_RUNGS = (1 / 9, 1 / 3, 2 / 3, 1.0)


class VirtualClock:
    """Seconds that only pass when somebody says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@dataclass(order=True)
class _Due:
    at: float
    order: int
    slot: int


class VirtualRunner:
    """Implements :class:`~automl_tl.search.runner.TrialRunner` on a virtual clock, and counts the busy slots.

    Whoever drives the search is one process, which answers one slot after the other: with ``charge`` the processor
    time of its answers passes on the virtual clock, and slots whose trial has come to its end wait for theirs.

    Parameters
    ----------
    seconds
        Virtual seconds of a full run.
    value
        Returns the metric of a trial at a share of its run, in (0, 1].
    rungs
        Shares of a run at which a trial reports, ascending; the last is 1.
    charge
        Whether the driver's own time counts; without it the same search gives the same figures anywhere.

    Attributes
    ----------
    busy_seconds
        Slot seconds in which a trial ran.
    began_last
        Virtual time at which the last trial was begun: afterwards slots are idle because nothing is left.
    driver_seconds
        Processor seconds of the driver's answers.
    launches
        Trials begun or taken up again.
    """

    def __init__(
        self,
        clock: VirtualClock,
        slots: int,
        *,
        seconds: float,
        value: Callable[[Trial, float], float],
        rungs: Sequence[float] = _RUNGS,
        charge: bool = False,
    ) -> None:
        self._clock, self._slots, self._seconds, self._value = clock, slots, seconds, value
        self._rungs, self._charge = tuple(rungs), charge
        self.busy_seconds = self.began_last = self.driver_seconds = 0.0
        self.launches = 0
        self._spans: list[tuple[float, float]] = []

    @property
    def resources(self) -> Resources:
        """One processor for each slot."""
        return Resources(concurrent=self._slots)

    @property
    def trial_bytes(self) -> float:
        """Nothing is computed."""
        return math.inf

    @property
    def busy_share(self) -> float:
        """Share of all slot seconds, from the beginning to the last end, in which a trial ran."""
        return self.busy_seconds / (self._slots * self._clock.now)

    @property
    def busy_share_while_work_is_left(self) -> float:
        """The same up to the moment at which the last trial was begun."""
        end = self.began_last
        return sum(max(0.0, min(to, end) - since) for since, to in self._spans) / (self._slots * end)

    def run(
        self,
        workload: Workload,
        source: TrialSource,
        events: TrialEvents,
        *,
        deadline: Deadline,
        cancelled: Callable[[], bool],
    ) -> None:
        """Run trials until the source is empty or the deadline passes."""
        running: dict[int, Trial] = {}
        free = list(range(self._slots))
        due: list[_Due] = []
        order = 0

        def schedule(slot: int) -> None:
            nonlocal order
            trial = running[slot]
            left = self._seconds * (self._next_rung(trial) - _share_done(trial))
            order += 1
            self.busy_seconds += left
            self._spans.append((self._clock.now, self._clock.now + left))
            heapq.heappush(due, _Due(self._clock.now + left, order, slot))

        def fill() -> None:
            while free and not deadline.passed() and not cancelled():
                with self._charged():
                    trial = source.next(self._slots)
                    if trial is not None:
                        trial = begin(trial)
                        events.started(trial)
                if trial is None:
                    return
                slot = free.pop()
                running[slot] = trial
                self.launches += 1
                self.began_last = self._clock.now
                schedule(slot)

        fill()
        while due:
            event = heapq.heappop(due)
            self._clock.now = max(self._clock.now, event.at)
            if self._step(event.slot, running, workload, source, events):
                schedule(event.slot)
            else:
                del running[event.slot]
                free.append(event.slot)
                fill()

    def _step(
        self, slot: int, running: dict[int, Trial], workload: Workload, source: TrialSource, events: TrialEvents
    ) -> bool:
        """Report the rung that a trial has come to; return whether it goes on."""
        trial = running[slot]
        rung = self._next_rung(trial)
        figures = {workload.metric: self._value(trial, rung)}
        point = CurvePoint(round(90 * rung), rung, self._seconds * rung, 1.0, figures)
        best = max((*trial.curve, point), key=lambda each: each.metrics[workload.metric])
        point = replace(point, so_far=SoFar(trial.curve, best.update))
        with self._charged():
            trial = running[slot] = with_point(trial, point, workload)
            events.reported(trial, point)
            goes_on = source.keeps(trial, point)
            if rung < 1 and goes_on:
                return True
            checkpoint = workload.checkpoint_root / trial.id
            ended = (
                cut(trial, "scheduler", point.seconds, workload)
                if rung < 1
                else finish(trial, TrialOutcome(best, trial.curve, checkpoint, point.seconds), workload)
            )
            events.ended(ended)
            source.finished(ended)
        return False

    def _next_rung(self, trial: Trial) -> float:
        return next(rung for rung in self._rungs if rung > _share_done(trial) + 1e-9)

    @contextmanager
    def _charged(self) -> Iterator[None]:
        began = time.process_time()
        yield
        spent = time.process_time() - began
        self.driver_seconds += spent
        if self._charge:
            self._clock.now += spent


def _share_done(trial: Trial) -> float:
    return trial.curve[-1].fraction if trial.curve else 0.0
