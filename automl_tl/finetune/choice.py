"""Which point of a run to keep, when validation is small and noisy."""

from __future__ import annotations

import math

from automl_tl.finetune.metrics import Metric
from automl_tl.finetune.workload import CurvePoint

__all__ = ["Choice", "standard_error"]


class Choice:
    """Keeps the latest point that validation does not speak against.

    The rate falls to zero along a run, so later points are better as a rule, and the highest of five noisy figures
    is mostly luck: on 40 validation images it cost a point of test accuracy. So a later point wins unless it
    is more than one standard error below the best figure so far, that of the start included.

    A checkpoint that validation puts a little below the linear probe is kept therefore, and is worth less than the
    probe's own trial to the search. Whether it takes part in the answer is for more rows to say than a small
    validation part has.

    Parameters
    ----------
    start
        The linear probe's point; None for a run without one.
    examples
        Number of validation examples.
    """

    def __init__(self, metric: Metric, examples: int, start: CurvePoint | None = None) -> None:
        self._metric = metric
        self._examples = examples
        self._highest = -math.inf if start is None else metric.signed(start.metrics[metric.name])
        self.best = start

    def offer(self, point: CurvePoint) -> bool:
        """Take the next point of the curve into account; return whether it is now the one to keep."""
        value = point.metrics[self._metric.name]
        signed = self._metric.signed(value)
        self._highest = max(self._highest, signed)
        close = signed >= self._highest - standard_error(self._metric, self._highest, self._examples)
        if self.best is None or close:
            self.best = point
            return True
        return False


def standard_error(metric: Metric, signed: float, examples: int) -> float:
    """Return the standard error of a share, by Agresti and Coull's adjustment; 0 for a metric that is no share.

    Areas and precisions over all thresholds, correlations and explained variance lie in [0, 1] as shares do and
    have other errors, which the figure and the number of examples alone do not tell: of 80 rows an r2 of 0.5 that
    falls by 0.05 would pass for luck. They are compared as they are.

    Agresti & Coull, Approximate is better than exact for interval estimation of binomial proportions, 1998.
    """
    if not (metric.scatters_as_share or metric.share_of_rows) or not 0 <= signed <= 1:
        return 0.0
    share = (signed * examples + 2) / (examples + 4)
    return math.sqrt(share * (1 - share) / (examples + 4))
