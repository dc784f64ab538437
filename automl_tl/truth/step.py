"""What fine-tuning adds to a linear probe, and how much it differs between models."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.truth.table import TruthTable

__all__ = ["Step", "step_of"]


@dataclass(frozen=True)
class Step:
    """The step from probe to fine-tuned model in log-odds of the metric.

    ``mean`` is over all models and data sets; ``spread`` the standard deviation within a data set of the models'
    steps, averaged over seeds, without what the test parts' own sampling noise contributes.
    """

    mean: float
    spread: float
    models: int


def step_of(table: TruthTable, *, test_rows: int = 600) -> Step:
    """Return the step over all data sets of a table that have at least three models and one complete seed.

    Parameters
    ----------
    test_rows
        Behind every figure, for the noise that is taken out; too many only make the spread look larger.
    """
    means, variances, models = [], [], 0
    for data in table.data():
        seeds = len(table.seeds(data))
        if not seeds or len(table.models(data)) < 3:
            continue
        after, before = table.values(data, "fine_tuned"), table.values(data, "probe")
        steps = (_log_odds(after, test_rows) - _log_odds(before, test_rows)).mean(axis=0)
        noise = (_noise(after, test_rows) + _noise(before, test_rows)).mean() / seeds
        means.append(steps.mean())
        variances.append(max(steps.var(ddof=1) - noise, 0.0))
        models += steps.size
    if not means:
        return Step(math.nan, math.nan, 0)
    return Step(float(np.mean(means)), math.sqrt(float(np.mean(variances))), models)


def _log_odds(share: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    kept = (share * rows + 0.5) / (rows + 1.0)
    return np.asarray(np.log(kept / (1.0 - kept)))


def _noise(share: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    """Return the sampling variance of the log-odds; errors before and after are taken as independent."""
    kept = (share * rows + 0.5) / (rows + 1.0)
    return np.asarray(1.0 / (rows * kept * (1.0 - kept)))
