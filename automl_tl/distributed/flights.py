"""Trials on their way through Ray: which of ours belongs to which of Ray's, and in what state it is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from automl_tl.distributed.trial_process import FAILURE, OUTCOME, POINT, read_outcome, read_point
from automl_tl.finetune.workload import CurvePoint, Workload
from automl_tl.search.lifecycle import begin, cut, fail, finish, with_point
from automl_tl.search.runner import TrialEvents, TrialSource
from automl_tl.search.trial import Trial

__all__ = ["Flights"]


@dataclass(frozen=True)
class _Flight:
    trial: Trial
    since: float


class Flights:
    """Keeps every launched trial until its end and tells source and events, in Ray's driver thread only."""

    def __init__(self, workload: Workload, source: TrialSource, events: TrialEvents) -> None:
        self._workload = workload
        self._source = source
        self._events = events
        self._flights: dict[str, _Flight] = {}
        self.stopping = ""
        """Why running trials were asked to end: ``deadline``, ``cancelled``, or "" while nobody asked."""

    def __len__(self) -> int:
        return len(self._flights)

    @property
    def workload(self) -> Workload:
        """What the trials share."""
        return self._workload

    def launch(self, key: str) -> Trial | None:
        """Take the next trial from the source under Ray's id ``key``."""
        trial = self._source.next()
        if trial is not None:
            self._flights[key] = _Flight(trial, _since(trial))
        return trial

    def started(self, key: str) -> None:
        """The trial has a process."""
        if key in self._flights:
            self._flights[key] = _Flight(begin(self._flights[key].trial), _since(self._flights[key].trial))
            self._events.started(self._flights[key].trial)

    def reported(self, key: str, result: Mapping[str, Any]) -> CurvePoint | None:
        """Take in a result; return its curve point, if it is one."""
        if key not in self._flights or POINT not in result or OUTCOME in result or FAILURE in result:
            return None
        flight, point = self._flights[key], read_point(result[POINT])
        trial = with_point(flight.trial, point, self._workload)
        self._flights[key] = replace(flight, trial=trial)
        self._events.reported(trial, point)
        return point

    def keeps(self, key: str, point: CurvePoint) -> bool:
        """Return whether the trial goes on after this point; one that nobody waits for any more does not."""
        return key in self._flights and self._source.keeps(self._flights[key].trial, point)

    def allowance(self, trial: Trial) -> float:
        """Return the seconds that a trial which is about to start may run."""
        return self._source.allowance(trial)

    def ended(self, key: str, result: Mapping[str, Any]) -> None:
        """The trial came to an end by itself or was stopped by the scheduler."""
        if key not in self._flights:
            return
        trial, seconds = self._flights[key].trial, self._seconds(key)
        if FAILURE in result:
            ended = fail(trial, result[FAILURE], seconds)
        elif OUTCOME in result:
            ended = finish(trial, read_outcome(result[OUTCOME]), self._workload)
        else:
            ended = cut(trial, "scheduler", seconds, self._workload)
        if self.stopping and ended.error == "deadline":
            ended = replace(ended, error=self.stopping)
        self._close(key, ended)

    def lost(self, key: str, reason: str) -> None:
        """The trial's process is gone: on our wish, or FAILED with ``reason``."""
        if key not in self._flights:
            return
        trial, seconds = self._flights[key].trial, self._seconds(key)
        ended = (
            cut(trial, self.stopping, seconds, self._workload) if self.stopping else fail(trial, reason, seconds)
        )
        self._close(key, ended)

    def close_all(self, reason: str) -> None:
        """End whatever is still on its way."""
        self.stopping = self.stopping or reason
        for key in list(self._flights):
            self.lost(key, reason)

    def _seconds(self, key: str) -> float:
        return time.monotonic() - self._flights[key].since

    def _close(self, key: str, ended: Trial) -> None:
        del self._flights[key]
        self._events.ended(ended)
        self._source.finished(ended)


def _since(trial: Trial) -> float:
    """Return when the trial would have begun if it had never been interrupted."""
    return time.monotonic() - trial.seconds
