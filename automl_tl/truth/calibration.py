"""Do probabilities of being best come true?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Calibration", "Forecast", "calibration"]

_BINS = 10
_SIMULATIONS = 2000


@dataclass(frozen=True)
class Forecast:
    """What a ranking said of one task, and which candidate was truly best.

    Attributes
    ----------
    probabilities
        Of being best (M,), summing to one.
    contenders
        Which candidates (M,) it could not tell from the best.
    best
        Place of the truly best candidate.
    """

    probabilities: NDArray[np.float64]
    contenders: NDArray[np.bool_]
    best: int


@dataclass(frozen=True)
class Calibration:
    """Figures over many forecasts.

    ``error`` is the expected calibration error: the mean gap between forecast and frequency in ten bins of equal
    width, weighted by their sizes (Guo et al., On Calibration of Modern Neural Networks, ICML 2017, eq. (5));
    ``band`` is the 95 % quantile of the error of forecasts that come true by their own probabilities;
    ``first_error`` and ``first_band`` are the same for the candidate that stands first alone. ``brier`` is the
    mean over tasks of the summed squared errors, ``brier_uniform`` that of giving every candidate the same
    probability. ``coverage`` is the share of tasks whose best candidate is a contender, ``mean_contenders`` of
    ``mean_candidates``.
    """

    tasks: int
    error: float
    band: float
    first_error: float
    first_band: float
    brier: float
    brier_uniform: float
    coverage: float
    mean_contenders: float
    mean_candidates: float


def calibration(forecasts: Sequence[Forecast], *, seed: int = 0) -> Calibration:
    """Hold forecasts against what came true; at least one is needed."""
    outcomes = [np.arange(len(each.probabilities)) == each.best for each in forecasts]
    rng = np.random.default_rng(seed)
    flat = np.concatenate([each.probabilities for each in forecasts])
    first = np.array([each.probabilities.max() for each in forecasts])
    won = np.array([each.probabilities.argmax() == each.best for each in forecasts], dtype=np.float64)
    first_errors = [_error(first, (rng.random(len(first)) < first).astype(float)) for _ in range(_SIMULATIONS)]
    simulated = _simulated_errors(forecasts, flat, rng)
    pairs = list(zip(forecasts, outcomes, strict=True))
    return Calibration(
        tasks=len(forecasts),
        error=_error(flat, np.concatenate(outcomes).astype(np.float64)),
        band=float(np.percentile(simulated, 95)),
        first_error=_error(first, won),
        first_band=float(np.percentile(first_errors, 95)),
        brier=float(np.mean([np.square(each.probabilities - true).sum() for each, true in pairs])),
        brier_uniform=float(np.mean([np.square(1.0 / len(true) - true).sum() for true in outcomes])),
        coverage=float(np.mean([each.contenders[each.best] for each in forecasts])),
        mean_contenders=float(np.mean([each.contenders.sum() for each in forecasts])),
        mean_candidates=float(np.mean([len(each.contenders) for each in forecasts])),
    )


def _error(probabilities: NDArray[np.float64], outcomes: NDArray[np.float64]) -> float:
    bins = np.minimum((probabilities * _BINS).astype(np.int64), _BINS - 1)
    gaps = np.bincount(bins, weights=outcomes - probabilities, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(probabilities))


def _simulated_errors(
    forecasts: Sequence[Forecast], flat: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the errors of worlds in which each forecast's best candidate is drawn by its probabilities."""
    errors = np.empty(_SIMULATIONS)
    cumulative = [np.cumsum(each.probabilities) for each in forecasts]
    starts = np.cumsum([0, *(len(each) for each in cumulative[:-1])])
    for number in range(_SIMULATIONS):
        drawn = [
            min(int(np.searchsorted(each, draw * each[-1])), len(each) - 1)
            for each, draw in zip(cumulative, rng.random(len(cumulative)), strict=True)
        ]
        outcomes = np.zeros(len(flat))
        outcomes[starts + np.array(drawn)] = 1.0
        errors[number] = _error(flat, outcomes)
    return errors
