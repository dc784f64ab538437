"""What the probe says of the models' standing, with the errors of its sample and of the step beyond it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import polygamma

from automl_tl.transferability.compute import ScoreSheet
from automl_tl.transferability.ensemble import Column, combine, shares
from automl_tl.transferability.posterior import Evidence

__all__ = ["STEP_SPREAD", "probe_evidence", "probe_shares"]

STEP_SPREAD = 0.25
"""Standard deviation, in log-odds, of what fine-tuning adds to one model more than to another."""

_TOLERANCE = 1.2
"""A replicates' variance is itself uncertain: what it may fall short by without being mended."""

_ASSUMED_UNIT = 0.5
"""Log-odds of one unit of the ensemble where none of its scores is an accuracy."""


def probe_evidence(
    found: Sequence[Column], sheets: Sequence[ScoreSheet], *, seed: int, resamples: int
) -> Evidence:
    """Return the combined score of M models in log-odds of accuracy, with the covariance of its errors.

    The unit is that of the accuracy with the most weight. Errors: the scores that are means over examples are
    resampled, the same examples for every model; an accuracy's variance is never below that of Jeffreys'
    posterior; and fine-tuning changes models by different amounts, of which the probe knows nothing.

    Parameters
    ----------
    found
        Columns with at least one finite value for every model.
    resamples
        0 leaves the sampling errors of the resampling out.
    """
    anchor, (centre, unit) = _anchor(found), _centre_and_unit(found)
    values = centre + unit * combine(found, [column.raw for column in found])
    covariance = STEP_SPREAD**2 * np.eye(len(values))
    if resamples <= 0:
        return Evidence(values, covariance, level_known=True)
    replicates = {column.scorer.name: _resampled(column, sheets, seed, resamples) for column in found}
    together = unit * combine(found, [replicates[column.scorer.name] for column in found])
    covariance += np.atleast_2d(np.cov(together, rowvar=False))
    if anchor is not None:
        share = anchor.weight / sum(column.weight for column in found)
        seen = unit * anchor.standardised(replicates[anchor.scorer.name])
        covariance += np.diag(share**2 * _unseen_variance(anchor, seen))
    return Evidence(values, covariance, level_known=True)


def probe_shares(found: Sequence[Column]) -> dict[str, NDArray[np.float64]]:
    """Return by score what it adds (M,) to the log-odds of :func:`probe_evidence`, in which they sum up exactly.

    They are counted from the median of the best eight models, where a score that says nothing stands at 0.
    """
    _, unit = _centre_and_unit(found)
    return {column.scorer.name: unit * part for column, part in zip(found, shares(found), strict=True)}


def _centre_and_unit(found: Sequence[Column]) -> tuple[float, float]:
    anchor = _anchor(found)
    return (anchor.centre, anchor.scale) if anchor is not None else (0.0, _ASSUMED_UNIT)


def _anchor(found: Sequence[Column]) -> Column | None:
    accuracies = [column for column in found if column.scorer.is_accuracy and column.scale > 0]
    return max(accuracies, key=lambda column: column.weight, default=None)


def _resampled(column: Column, sheets: Sequence[ScoreSheet], seed: int, resamples: int) -> NDArray[np.float64]:
    """Return raw values (B, M); equal numbers of examples get equal resamples, so models stay paired."""
    values = np.repeat(column.raw[None, :], resamples, axis=0)
    for place, sheet in enumerate(sheets):
        score = sheet.scores.get(column.scorer.name)
        if score is None or score.contributions is None:
            continue
        n = len(score.contributions)
        counts = np.random.default_rng(seed).multinomial(n, np.full(n, 1.0 / n), size=resamples)
        values[:, place] = counts @ score.contributions / n
    return values


def _unseen_variance(column: Column, replicates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by how much (M,) Jeffreys' variance of the log-odds exceeds that of the replicates (B, M).

    Resampling sees no error of an accuracy at its ceiling, and none of a value that the ensemble cuts off.
    """
    n = np.maximum(column.counts, 1).astype(np.float64)
    right = np.where(np.isfinite(column.raw), column.raw, 0.5) * n
    jeffreys = polygamma(1, right + 0.5) + polygamma(1, n - right + 0.5)
    return np.where(column.counts > 0, np.maximum(jeffreys - _TOLERANCE * replicates.var(axis=0), 0.0), 0.0)
