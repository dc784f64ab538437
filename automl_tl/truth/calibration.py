"""Do probabilities of being best come true?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Calibration", "Forecast", "calibration"]

_BINS = 10
_SIMULATIONS = 1000
_NEVER = 1e-12


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
    source, models
        Where the task was drawn from, and its candidates (M,): tasks of one source share its truth.
    """

    probabilities: NDArray[np.float64]
    contenders: NDArray[np.bool_]
    best: int
    source: str
    models: tuple[str, ...]


@dataclass(frozen=True)
class Calibration:
    """Figures over many forecasts.

    ``error`` is the expected calibration error: the mean gap between forecast and frequency in ten bins of equal
    width, weighted by their sizes (Guo et al., On Calibration of Modern Neural Networks, ICML 2017, eq. (5));
    ``band`` is the 95 % quantile of the error of forecasts that come true by their own probabilities, tasks of one
    source together: what is best in one of them tends to be best in the others;
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
    flat = np.concatenate([each.probabilities for each in forecasts])
    first = np.array([each.probabilities.max() for each in forecasts])
    true = [each.best for each in forecasts]
    rng = np.random.default_rng(seed)
    worlds = [_simulated(forecasts, rng) for _ in range(_SIMULATIONS)]
    outcomes = [np.arange(len(each.probabilities)) == each.best for each in forecasts]
    pairs = list(zip(forecasts, outcomes, strict=True))
    return Calibration(
        tasks=len(forecasts),
        error=_error(flat, _outcomes(forecasts, true)),
        band=float(np.percentile([_error(flat, _outcomes(forecasts, world)) for world in worlds], 95)),
        first_error=_error(first, _first_won(forecasts, true)),
        first_band=float(np.percentile([_error(first, _first_won(forecasts, world)) for world in worlds], 95)),
        brier=float(np.mean([np.square(each.probabilities - outcome).sum() for each, outcome in pairs])),
        brier_uniform=float(np.mean([np.square(1.0 / len(outcome) - outcome).sum() for outcome in outcomes])),
        coverage=float(np.mean([each.contenders[each.best] for each in forecasts])),
        mean_contenders=float(np.mean([each.contenders.sum() for each in forecasts])),
        mean_candidates=float(np.mean([len(each.contenders) for each in forecasts])),
    )


def _outcomes(forecasts: Sequence[Forecast], best: Sequence[int]) -> NDArray[np.float64]:
    """Return one for the best candidate of every task, zero for the others, all tasks in a row."""
    sizes = np.array([len(each.probabilities) for each in forecasts])
    found = np.zeros(sizes.sum())
    found[np.cumsum(sizes) - sizes + np.array(best)] = 1.0
    return found


def _first_won(forecasts: Sequence[Forecast], best: Sequence[int]) -> NDArray[np.float64]:
    return np.array(
        [each.probabilities.argmax() == place for each, place in zip(forecasts, best, strict=True)], float
    )


def _simulated(forecasts: Sequence[Forecast], rng: np.random.Generator) -> list[int]:
    """Return each task's best candidate in a world where it is drawn by its own probabilities.

    ``argmax(log p + g)`` with Gumbel noise g is such a draw; one g per source and model keeps the tasks of a
    source alike.
    """
    noise: dict[tuple[str, str], float] = {}
    best = []
    for each in forecasts:
        keys = [(each.source, model) for model in each.models]
        for key in keys:
            if key not in noise:
                noise[key] = float(rng.gumbel())
        best.append(int(np.argmax(np.log(each.probabilities + _NEVER) + [noise[key] for key in keys])))
    return best


def _error(probabilities: NDArray[np.float64], outcomes: NDArray[np.float64]) -> float:
    bins = np.minimum((probabilities * _BINS).astype(np.int64), _BINS - 1)
    gaps = np.bincount(bins, weights=outcomes - probabilities, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(probabilities))
