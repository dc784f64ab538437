"""The best trial so far."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from automl_tl.errors import TrialFailed
from automl_tl.finetune.metrics import Metric, improves
from automl_tl.search.trial import Trial, TrialState

__all__ = ["best_of", "incumbent"]


def best_of(trials: Iterable[Trial], metric: Metric) -> Trial | None:
    """Return the best trial that has a checkpoint, the earlier of equals; None if there is none.

    Failed trials do not count, nor do baselines. A trial that runs counts with its best checkpoint so far.
    """
    best: Trial | None = None
    for trial in trials:
        usable = trial.state is not TrialState.FAILED and trial.checkpoint and not math.isnan(trial.value)
        if (
            usable
            and trial.origin != "baseline"
            and (best is None or improves(metric, trial.metrics, best.metrics))
        ):
            best = trial
    return best


def incumbent(trials: Sequence[Trial], metric: Metric) -> Trial:
    """Return the best trial with a checkpoint; raises TrialFailed with the first reason if there is none."""
    best = best_of(trials, metric)
    if best is None:
        reasons = [f"{trial.id} ({trial.model}): {trial.error}" for trial in trials if trial.error]
        raise TrialFailed("no trial ended with a usable model; " + (reasons[0] if reasons else "none was run"))
    return best
