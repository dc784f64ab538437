"""How the scores of several models become one number per model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.transferability.base import Scorer, TransferScore

__all__ = ["Column", "columns", "combine", "shares"]

_LINEAR = 3.0
_REFERENCE = 8
"""Models whose spread is the unit: the choice is between the best, and it must not depend on who else ran."""


@dataclass(frozen=True)
class Column:
    """One score over M models, on the scale where the ensemble adds it up.

    Attributes
    ----------
    weight
        The scorer's vote.
    centre, scale
        Median over the best eight models, and the unit: the spread over them, but never less than the sampling
        noise, so that differences within noise do not vote.
    scorer
        Turns raw values into comparable ones.
    raw
        Raw values (M,), NaN where missing.
    counts
        Number of examples behind each value (M,), for log-odds; 0 where unknown.
    """

    weight: float
    centre: float
    scale: float
    scorer: Scorer
    raw: NDArray[np.float64]
    counts: NDArray[np.int64]

    def standardised(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values in units of ``scale`` around ``centre``, larger is better; (..., M).

        Beyond 3 units they grow with the logarithm only: no score outvotes the others by one far value, and in a
        large field of poor models the good ones keep their order. Above the centre accuracies stay as they are,
        since log-odds of counts are bounded by themselves.
        """
        if self.scale == 0:
            return np.where(np.isfinite(raw), 0.0, np.nan)
        units = (comparable(self.scorer, raw, self.counts) - self.centre) / self.scale
        beyond = np.maximum(np.abs(units) - _LINEAR, 0.0)
        soft = np.sign(units) * (np.minimum(np.abs(units), _LINEAR) + np.log1p(beyond))
        return np.where(units > 0, units, soft) if self.scorer.is_accuracy else soft


def comparable(scorer: Scorer, raw: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return log-odds of accuracies (99 % against 98 % counts like 2 % against 1 %), other scores as they are."""
    sign = 1.0 if scorer.higher_is_better else -1.0
    if not scorer.is_accuracy:
        return sign * raw
    n = np.maximum(counts, 1)
    # Resampled shares of explained variance can fall outside of [0, 1].
    share = (np.clip(raw, 0.0, 1.0) * n + 0.5) / (n + 1.0)
    return sign * np.log(share / (1.0 - share))


def columns(voters: Mapping[str, Scorer], scores: Sequence[Mapping[str, TransferScore]]) -> tuple[Column, ...]:
    """Return one column per voting scorer that at least one model has.

    If none of the scorers has a positive weight they were asked for by name, and each gets one vote. Which models
    are the best, for centre and unit, the scorers say in the order of their votes, accuracies first.
    """
    weights = {name: scorer.weight for name, scorer in voters.items()}
    if max(weights.values(), default=0.0) <= 0:
        weights = dict.fromkeys(weights, 1.0)
    raws = {
        name: np.array([sheet[name].value if name in sheet else math.nan for sheet in scores])
        for name in voters
        if weights[name] > 0
    }
    raws = {name: raw for name, raw in raws.items() if np.isfinite(raw).any()}
    best = _best(
        [
            raws[name] if voters[name].higher_is_better else -raws[name]
            for name in sorted(raws, key=lambda name: (not voters[name].is_accuracy, -weights[name], name))
        ]
    )
    found = []
    for name, raw in raws.items():
        scorer = voters[name]
        counts = np.array([_count(sheet.get(name)) for sheet in scores], dtype=np.int64)
        values = comparable(scorer, raw, counts)
        members = best[np.isfinite(values[best])]
        if len(members) == 0:
            members = np.flatnonzero(np.isfinite(values))
        noise = [_noise(scorer, scores[place][name]) for place in members]
        centre, scale = _centre_and_scale(values[members], noise)
        found.append(Column(weights[name], centre, scale, scorer, raw, counts))
    return tuple(found)


def combine(found: Sequence[Column], raw: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the weighted mean of the standardised values per model; a missing score has no vote there.

    Parameters
    ----------
    found
        The columns.
    raw
        For each column the raw values, (M,) or (B, M).

    Returns
    -------
    (M,) or (B, M), NaN for a model with no score at all.
    """
    total = np.zeros(np.shape(raw[0]))
    votes = np.zeros(np.shape(raw[0]))
    for column, values in zip(found, raw, strict=True):
        standardised = column.standardised(values)
        present = np.isfinite(standardised)
        total += column.weight * np.where(present, standardised, 0.0)
        votes += column.weight * present
    return np.divide(total, votes, out=np.full(total.shape, math.nan), where=votes > 0)


def shares(found: Sequence[Column]) -> NDArray[np.float64]:
    """Return what each column adds to :func:`combine`, (columns, M); 0 where a model lacks the score.

    The sum over the columns is the combination, exactly.
    """
    standardised = np.stack([column.standardised(column.raw) for column in found])
    weights = np.array([column.weight for column in found])[:, None] * np.isfinite(standardised)
    votes = weights.sum(axis=0)
    parts = weights * np.where(np.isfinite(standardised), standardised, 0.0)
    return np.divide(parts, votes, out=np.zeros_like(parts), where=votes > 0)


def _best(orders: Sequence[NDArray[np.float64]]) -> NDArray[np.int64]:
    """Return the places of the eight best models: by the first order, its ties by the second, and so on."""
    if not orders:
        return np.empty(0, np.int64)
    return np.lexsort([-np.nan_to_num(order, nan=-math.inf) for order in reversed(orders)])[:_REFERENCE]


def _count(score: TransferScore | None) -> int:
    return 0 if score is None or score.contributions is None else len(score.contributions)


def _noise(scorer: Scorer, score: TransferScore) -> float:
    """Return the standard error on the comparable scale."""
    if not math.isfinite(score.standard_error):
        return 0.0
    if not scorer.is_accuracy:
        return score.standard_error
    n = max(_count(score), 1)
    share = (score.value * n + 0.5) / (n + 1.0)
    return 1.0 / math.sqrt(n * share * (1.0 - share))


def _centre_and_scale(values: NDArray[np.float64], noise: Sequence[float]) -> tuple[float, float]:
    centre = float(np.median(values))
    distances = np.abs(values - centre)
    spread = max(1.4826 * float(np.median(distances)), float(distances.mean()))
    return centre, max(spread, float(np.median(noise)) if noise else 0.0)
