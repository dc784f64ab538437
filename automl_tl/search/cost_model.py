"""What a trial will take, learnt from the trials that ran."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from automl_tl.finetune.recipe import Recipe
from automl_tl.search.space import Scalar
from automl_tl.search.trial import Trial

__all__ = ["CostModel"]

_PROBE_STRATEGY = "linear_probe"
_DEFAULTS = Recipe(strategy="")


@dataclass(frozen=True)
class _Pace:
    model: str
    strategy: str
    seconds: float
    """Per example of one update."""


class CostModel:
    """Seconds of a full run = updates x batch size x pace of the model, as probing foretold or as trials showed.

    Parameters
    ----------
    foretold
        Seconds per example of one update by model id, validations included, as far as probing measured them.
    """

    def __init__(self, foretold: Mapping[str, float] | None = None) -> None:
        self._foretold = {model: pace for model, pace in (foretold or {}).items() if math.isfinite(pace)}
        self._seen: dict[str, _Pace] = {}

    def note(self, trial: Trial) -> None:
        """Learn from a trial's curve: between its points, since before the first lie imports and loading."""
        trained = [point for point in trial.curve if point.update > 0]
        if not trained:
            return
        first, last = trained[0], trained[-1]
        if len(trained) > 1 and last.update > first.update and last.seconds > first.seconds:
            per_update = (last.seconds - first.seconds) / (last.update - first.update)
        else:
            per_update = last.seconds / last.update
        if per_update > 0:
            pace = per_update / _figure(trial.parameters, "batch_size")
            self._seen[trial.id] = _Pace(trial.model, trial.strategy, pace)

    def seconds(self, model: str, strategy: str, parameters: Mapping[str, Scalar]) -> float:
        """Return the predicted seconds of a full run; NaN while nothing is known of any model."""
        if strategy == _PROBE_STRATEGY:
            return 0.0
        examples = _figure(parameters, "updates") * _figure(parameters, "batch_size")
        return examples * self._pace(model, strategy)

    def _pace(self, model: str, strategy: str) -> float:
        """Return the median of what was seen of model and strategy, else of the model, else what was foretold."""
        seen = [pace for pace in self._seen.values() if pace.model == model]
        same = [pace.seconds for pace in seen if pace.strategy == strategy]
        if same or seen:
            return statistics.median(same or [pace.seconds for pace in seen])
        if model in self._foretold:
            return self._foretold[model] * self._correction()
        every = [pace.seconds for pace in self._seen.values()] or list(self._foretold.values())
        return statistics.median(every) if every else math.nan

    def _correction(self) -> float:
        """Return by which factor trials are slower than foretold."""
        ratios = [
            pace.seconds / self._foretold[pace.model]
            for pace in self._seen.values()
            if self._foretold.get(pace.model, 0.0) > 0
        ]
        return statistics.median(ratios) if ratios else 1.0


def _figure(parameters: Mapping[str, Scalar], name: str) -> float:
    return float(parameters.get(name, getattr(_DEFAULTS, name)))
