"""Ray Tune's callbacks: tells the flights what happens, and stops everything in time."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ray
from ray.tune import Callback, Stopper
from ray.tune.experiment import Trial as RayTrial
from ray.tune.stopper import NoopStopper

from automl_tl.distributed.flights import Flights
from automl_tl.distributed.stop_flag import StopFlag
from automl_tl.search.budget import Deadline

__all__ = ["FlightObserver", "StopWhenAsked"]

_NODE_IS_GONE = re.compile(
    r"node has died|node was (terminated|drained|preempted)|preempted|NodeDied", re.IGNORECASE
)
"""Ray's words for a process that went away with its node."""
_ASK_SECONDS = 0.5
"""How often ``cancelled`` is asked: it may read a database."""


class FlightObserver(Callback):
    """Hears every event of one Tune run, in the driver.

    At the deadline, or when cancelled, it hoists the flag that running trials look at; those that have not
    come to an end after ``grace`` seconds lose their process.
    """

    def __init__(
        self,
        flights: Flights,
        *,
        deadline: Deadline,
        cancelled: Callable[[], bool],
        stop_flag: StopFlag,
        grace: float,
    ) -> None:
        self._flights = flights
        self._deadline = deadline
        self._cancelled = cancelled
        self._stop_flag = stop_flag
        self._grace = grace
        self._asked = 0.0
        self._stopping_since: float | None = None
        self._running: dict[str, RayTrial] = {}

    @property
    def out_of_patience(self) -> bool:
        """Whether the grace after a request to stop is over."""
        return self._stopping_since is not None and time.monotonic() - self._stopping_since > self._grace

    def on_step_begin(self, iteration: int, trials: list[RayTrial], **info: Any) -> None:
        """Look at clock and flag."""
        now = time.monotonic()
        if self._stopping_since is None:
            if self._deadline.passed():
                self._stop("deadline", now)
            elif now - self._asked >= _ASK_SECONDS:
                self._asked = now
                if self._cancelled():
                    self._stop("cancelled", now)

    def on_trial_start(self, iteration: int, trials: list[RayTrial], trial: RayTrial, **info: Any) -> None:
        """A process took the trial."""
        self._running[trial.trial_id] = trial
        self._flights.started(trial.trial_id)

    def on_trial_result(
        self, iteration: int, trials: list[RayTrial], trial: RayTrial, result: dict[str, Any], **info: Any
    ) -> None:
        """The trial reported."""
        self._flights.reported(trial.trial_id, result)

    def on_trial_complete(self, iteration: int, trials: list[RayTrial], trial: RayTrial, **info: Any) -> None:
        """The trial ended or the scheduler stopped it."""
        self._running.pop(trial.trial_id, None)
        self._flights.ended(trial.trial_id, trial.last_result or {})

    def on_trial_error(self, iteration: int, trials: list[RayTrial], trial: RayTrial, **info: Any) -> None:
        """The trial's process died, or Ray failed."""
        self._running.pop(trial.trial_id, None)
        text = _error_text(trial)
        self._flights.lost(trial.trial_id, _reason(text), with_node=_NODE_IS_GONE.search(text) is not None)

    def kill_all(self) -> None:
        """End the processes of all running trials now."""
        for trial in list(self._running.values()):
            actor = trial.temporary_state.ray_actor
            if actor is not None:
                ray.kill(actor)

    def __getstate__(self) -> dict[str, Any]:
        """Go into Ray's experiment file as nothing: what it holds leads to a database and cannot be pickled."""
        return {}

    def _stop(self, reason: str, now: float) -> None:
        self._stopping_since = now
        self._flights.stopping = reason
        self._stop_flag.hoist()


class StopWhenAsked(Stopper):
    """Ends the Tune run when the observer has run out of patience."""

    def __init__(self, observer: FlightObserver) -> None:
        self._observer = observer

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        """Never stop a single trial."""
        return False

    def stop_all(self) -> bool:
        """Return whether to end now, trials that wait for a process included.

        Processes are killed before Tune asks them to stop: it would wait ten seconds for an answer.
        """
        if self._observer.out_of_patience:
            self._observer.kill_all()
        return self._observer.out_of_patience

    def __reduce__(self) -> tuple[type[NoopStopper], tuple[()]]:
        """Go into Ray's experiment file as nothing: it is never read back."""
        return NoopStopper, ()


def _error_text(trial: RayTrial) -> str:
    """Return what Ray leaves in the directory of a trial whose process died."""
    path = Path(trial.error_file or "")
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _reason(text: str) -> str:
    """Return why a process died."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("Failure #")]
    return f"the trial's worker process died: {lines[0] if lines else 'Ray gives no reason'}"
