"""Cost beside accuracy: which trials no other one beats in both."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from automl_tl.choice.base import CostPoint
from automl_tl.probe.cost import efficient
from automl_tl.search.trial import Trial, TrialState

__all__ = ["cost_points"]


def cost_points(
    trials: Sequence[Trial], latencies: Mapping[str, float], *, higher_is_better: bool = True
) -> tuple[CostPoint, ...]:
    """Return the finished trials, cheapest first, with the Pareto front of result and training time marked.

    Trials that were stopped early are left out: neither their cost nor their result is that of a whole run.

    Parameters
    ----------
    latencies
        Milliseconds of one prediction by model id, where measured.
    """
    whole = [t for t in trials if t.state is TrialState.SUCCEEDED and math.isfinite(t.value)]
    whole.sort(key=lambda trial: (trial.seconds, trial.number))
    sign = 1.0 if higher_is_better else -1.0
    marks = efficient([sign * trial.value for trial in whole], [trial.seconds for trial in whole])
    return tuple(
        CostPoint(
            trial.id,
            trial.model,
            trial.strategy,
            trial.value,
            trial.seconds,
            latencies.get(trial.model, math.nan),
            mark,
        )
        for trial, mark in zip(whole, marks, strict=True)
    )
