"""Trials on their way through Ray: which of ours belongs to which of Ray's, and in what state it is."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from automl_tl.distributed.publishing import note
from automl_tl.distributed.trial_process import FAILURE, FAILURE_FIELD, OUTCOME, POINT, read_outcome, read_point
from automl_tl.finetune.workload import CurvePoint, Workload
from automl_tl.search.lifecycle import anew, begin, cut, fail, finish, onward, with_point
from automl_tl.search.resume import state_of
from automl_tl.search.runner import TrialEvents, TrialSource
from automl_tl.search.trial import Trial

__all__ = ["Flights"]

_ATTEMPTS = 2
"""A process that dies a second time in one trial dies of that trial."""
_NODES = 10
"""Nodes that may go away under one trial, which is none to blame for it; cheap nodes are often taken back."""


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
        self._again: deque[Trial] = deque()
        self._deaths: Counter[str] = Counter()
        self._lost_nodes: Counter[str] = Counter()
        self.stopping = ""
        """Why running trials were asked to end: ``deadline``, ``cancelled``, or "" while nobody asked."""

    def __len__(self) -> int:
        """Return how many trials are launched and have not come to their end."""
        return len(self._flights)

    @property
    def workload(self) -> Workload:
        """What the trials share."""
        return self._workload

    def launch(self, key: str, *, at_once: int = 1) -> Trial | None:
        """Take the next trial under Ray's id ``key``: one that lost its process, else the source's next.

        ``at_once`` may be on their way at once, this one included.
        """
        trial = self._again.popleft() if self._again else self._source.next(at_once)
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
        note(self._workload, result)
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
            ended = fail(trial, result[FAILURE], seconds, field=result.get(FAILURE_FIELD, ""))
        elif OUTCOME in result:
            note(self._workload, result)
            ended = finish(trial, read_outcome(result[OUTCOME]), self._workload)
        else:
            ended = cut(trial, "scheduler", seconds, self._workload)
        if self.stopping and ended.error == "deadline":
            ended = replace(ended, error=self.stopping)
        self._close(key, ended)

    def lost(self, key: str, reason: str, *, with_node: bool = False) -> None:
        """The trial's process is gone: on our wish, or it is tried again, or FAILED with ``reason``.

        It goes on from the training state of its last rung, where there is one. ``with_node`` says that the whole
        node went away.
        """
        if key not in self._flights:
            return
        trial, seconds = self._flights[key].trial, self._seconds(key)
        if self.stopping:
            self._close(key, cut(trial, self.stopping, seconds, self._workload))
        elif self._worth_another(trial, with_node):
            del self._flights[key]
            self._again.append(onward(trial) if state_of(self._workload, trial) else anew(trial))
        else:
            self._close(key, fail(trial, reason, seconds))

    def close_all(self, reason: str) -> None:
        """End whatever is still on its way, and what waits to be tried again."""
        self.stopping = self.stopping or reason
        for key in list(self._flights):
            self.lost(key, reason)
        while self._again:
            trial = self._again.popleft()
            self._tell_end(cut(trial, self.stopping, trial.seconds, self._workload))

    def _worth_another(self, trial: Trial, with_node: bool) -> bool:
        counted, most = (self._lost_nodes, _NODES) if with_node else (self._deaths, _ATTEMPTS)
        counted[trial.id] += 1
        return counted[trial.id] < most

    def _seconds(self, key: str) -> float:
        return time.monotonic() - self._flights[key].since

    def _close(self, key: str, ended: Trial) -> None:
        del self._flights[key]
        self._tell_end(ended)

    def _tell_end(self, ended: Trial) -> None:
        self._deaths.pop(ended.id, None)
        self._lost_nodes.pop(ended.id, None)
        self._events.ended(ended)
        self._source.finished(ended)


def _since(trial: Trial) -> float:
    """Return when the trial would have begun if it had never been interrupted."""
    return time.monotonic() - trial.seconds
