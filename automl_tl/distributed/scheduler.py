"""Ray Tune's view of the source's decision at every rung."""

from __future__ import annotations

from typing import Any

from ray.tune.experiment import Trial as RayTrial
from ray.tune.schedulers import FIFOScheduler, TrialScheduler

from automl_tl.distributed.flights import Flights
from automl_tl.distributed.trial_process import FAILURE, OUTCOME, POINT
from automl_tl.finetune.workload import CurvePoint

__all__ = ["RungScheduler"]


class RungScheduler(FIFOScheduler):
    """Stops a trial that the source wants paused at a rung; its training state lies on disk by then.

    Ray's own AsyncHyperBandScheduler is not used: it never takes up again what it stopped, may stop a trial at its
    very last report, whose outcome is then lost, and cannot order ties by a second figure.
    """

    def __init__(self, flights: Flights) -> None:
        super().__init__()
        self._flights = flights

    def on_trial_result(self, tune_controller: Any, trial: RayTrial, result: dict[str, Any]) -> str:
        """Return CONTINUE or STOP; ``result`` is flat, with keys such as ``point/metrics/accuracy``."""
        if f"{POINT}/fraction" not in result or any(key.startswith((OUTCOME, FAILURE)) for key in result):
            return TrialScheduler.CONTINUE
        keeps = self._flights.keeps(trial.trial_id, _point(result))
        return TrialScheduler.CONTINUE if keeps else TrialScheduler.STOP

    def __getstate__(self) -> dict[str, Any]:
        """Go into Ray's experiment file as nothing: what it holds leads to a database and cannot be pickled."""
        return {}


def _point(result: dict[str, Any]) -> CurvePoint:
    prefix = f"{POINT}/metrics/"
    figures = {key.removeprefix(prefix): value for key, value in result.items() if key.startswith(prefix)}
    update, fraction, seconds, loss, looks = (
        result[f"{POINT}/{name}"] for name in ("update", "fraction", "seconds", "train_loss", "looks")
    )
    return CurvePoint(update, fraction, seconds, loss, figures, looks)
