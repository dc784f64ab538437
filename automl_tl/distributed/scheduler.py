"""Ray Tune's view of successive halving over the rungs of a learning curve."""

from __future__ import annotations

from typing import Any

from ray.tune.experiment import Trial as RayTrial
from ray.tune.schedulers import FIFOScheduler, TrialScheduler

from automl_tl.distributed.trial_process import FAILURE, OUTCOME, POINT
from automl_tl.finetune.metrics import Metric
from automl_tl.finetune.workload import CurvePoint
from automl_tl.search.halving import SuccessiveHalving
from automl_tl.search.lifecycle import merit, rung_of

__all__ = ["RungScheduler"]


class RungScheduler(FIFOScheduler):
    """Stops a trial that is not among the best of its rung.

    Ray's own AsyncHyperBandScheduler is not used: it may stop a trial at its very last report, whose outcome is
    then lost, draws brackets from NumPy's global generator, and cannot order ties by a second figure.
    """

    def __init__(self, metric: Metric, halving: SuccessiveHalving) -> None:
        super().__init__()
        self._figure = metric
        self._halving = halving

    def on_trial_result(self, tune_controller: Any, trial: RayTrial, result: dict[str, Any]) -> str:
        """Return CONTINUE or STOP; ``result`` is flat, with keys such as ``point/metrics/accuracy``."""
        fraction = result.get(f"{POINT}/fraction")
        if fraction is None or any(key.startswith((OUTCOME, FAILURE)) for key in result):
            return TrialScheduler.CONTINUE
        prefix = f"{POINT}/metrics/"
        figures = {key.removeprefix(prefix): value for key, value in result.items() if key.startswith(prefix)}
        rung = rung_of(CurvePoint(update=0, fraction=fraction, seconds=0.0, train_loss=0.0))
        keeps = self._halving.keeps(trial.trial_id, rung, merit(self._figure, figures))
        return TrialScheduler.CONTINUE if keeps else TrialScheduler.STOP
