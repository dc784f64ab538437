"""The winner against the runner-up: a paired test on the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, fsum

import numpy as np
from numpy.typing import NDArray

from automl_tl.choice.base import Rivalry
from automl_tl.finetune.evaluate import paired_difference
from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.metrics import task_of

__all__ = ["compare_rivals", "mcnemar"]

_FLIPS = 9999
_TOGETHER = "rows belong together, so that a test of single rows would take few groups for much evidence"


def compare_rivals(
    winner: tuple[str, Predictions],
    runner_up: tuple[str, Predictions],
    metric: str,
    *,
    part: str = "validation",
    groups: Sequence[str] | None = None,
    seed: int = 0,
) -> Rivalry:
    """Return the difference on the job's metric with its interval, and a test of the rows on which they differ.

    Classes and sets of labels: McNemar's exact test of the rows that only one of both has right (McNemar,
    Psychometrika 12, 1947). Numbers: sign flips of the differences of absolute errors. Both take rows for
    independent; with ``groups`` (one name per row) the interval resamples whole groups, and where a group has a
    second row there is no test.

    Raises
    ------
    InvalidInput
        If the two are not about the same rows.
    """
    (ours, first), (theirs, second) = winner, runner_up
    difference = paired_difference(first, second, metric, seed=seed, groups=groups)
    rows = len(first.rows)
    together = groups is not None and len(set(groups)) < rows
    if task_of(first.labels) == "regression":
        errors = [np.abs(np.asarray(p.labels) - p.probabilities[:, 0].astype(np.float64)) for p in (first, second)]
        if together:
            return Rivalry(ours, theirs, rows, part, difference, reason=_TOGETHER)
        p_value = _sign_flips(errors[1] - errors[0], seed)
        return Rivalry(ours, theirs, rows, part, difference, p_value, "sign_flip")
    right, also = _right(first), _right(second)
    only, other = int((right & ~also).sum()), int((also & ~right).sum())
    if together:
        nan = float("nan")
        return Rivalry(ours, theirs, rows, part, difference, nan, "", only, other, _TOGETHER)
    return Rivalry(ours, theirs, rows, part, difference, mcnemar(only, other), "mcnemar", only, other)


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the two-sided exact p-value of two counts that are equally probable without a difference."""
    total = only_first + only_second
    if total == 0:
        return 1.0
    tail = fsum(comb(total, count) / 2**total for count in range(min(only_first, only_second) + 1))
    return min(1.0, 2.0 * tail)


def _right(predictions: Predictions) -> NDArray[np.bool_]:
    labels = np.asarray(predictions.labels)
    if labels.ndim == 1:
        return np.asarray(predictions.probabilities.argmax(axis=1) == labels)
    thresholds = np.array(predictions.thresholds or (0.5,) * labels.shape[1])
    return np.asarray(((predictions.probabilities >= thresholds) == (labels == 1)).all(axis=1))


def _sign_flips(differences: NDArray[np.float64], seed: int) -> float:
    rng = np.random.default_rng(seed)
    seen = abs(float(differences.sum())) - 1e-12
    extreme = 0
    for start in range(0, _FLIPS, 1000):
        signs = rng.choice((-1.0, 1.0), size=(min(1000, _FLIPS - start), len(differences)))
        extreme += int((np.abs(signs @ differences) >= seen).sum())
    return (extreme + 1) / (_FLIPS + 1)
