"""Are probabilities as sure as they are right? A reliability diagram with the band that chance would fill."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.fairness.bounds import wilson_bounds
from automl_tl.fairness.findings import Reliability, ReliabilityBin

__all__ = ["measure_reliability"]

_BINS = 10
_FEWEST_PER_BIN = 10
_FEWEST = 30
_DRAWS = 2000
_AT_ONCE = 2**22
"""Random numbers held at a time, 32 MiB: what is drawn for all answers to a large test part does not fit."""


def measure_reliability(
    probabilities: NDArray[np.floating], labels: NDArray[np.int64], *, alpha: float = 0.05, seed: int = 0
) -> Reliability:
    """Measure the calibration of the answers (most probable classes).

    Bins hold about equally many answers each, at least 10, so that small samples get fewer bins. The null band and
    the p-value are simulated from the model's own probabilities (consistency resampling: Bröcker & Smith,
    Increasing the Reliability of Reliability Diagrams, 2007): of a perfectly calibrated model 15 bins of 50
    answers measure an error of 0.14 on average.

    Parameters
    ----------
    probabilities, labels
        float (N, C) rows that add up to 1, and int64 (N,).
    """
    chances, rows = np.asarray(probabilities, dtype=np.float64), len(labels)
    if rows < _FEWEST:
        text = f"Only {rows} answers; calibration needs at least {_FEWEST}."
        return Reliability((), rows, None, None, None, None, None, None, "insufficient_evidence", text)
    sure = np.clip(chances.max(axis=1), 0.0, 1.0)
    right = chances.argmax(axis=1) == labels
    order = np.argsort(sure, kind="stable")
    parts = np.array_split(order, min(_BINS, max(1, rows // _FEWEST_PER_BIN)))
    shares = _drawn_shares(sure, parts, seed)
    weights = np.array([len(part) / rows for part in parts])
    means = np.array([sure[part].mean() for part in parts])
    null = weights @ np.abs(shares - means[:, None])
    observed = np.array([right[part].mean() for part in parts])
    error = float(weights @ np.abs(observed - means))
    p_value = float((1 + (null >= error - 1e-12).sum()) / (_DRAWS + 1))
    band = np.quantile(shares, (0.025, 0.975), axis=1)
    counts = np.array([len(part) for part in parts])
    low, high = wilson_bounds(np.array([right[part].sum() for part in parts]), counts)
    columns = (means, observed, low, high, band[0], band[1])
    bins = tuple(
        ReliabilityBin(mean, share, int(count), *rest)
        for count, (mean, share, *rest) in zip(counts, np.stack(columns, axis=1).tolist(), strict=True)
    )
    slope, intercept = _recalibration(sure, right)
    hot = np.zeros_like(chances)
    hot[np.arange(rows), labels] = 1.0
    brier = float(((chances - hot) ** 2).sum(axis=1).mean())
    limit = float(np.quantile(null, 0.95))
    verdict = "violation" if p_value <= alpha else "no_evidence_of_violation"
    # The whole stands last: where no bin is off by itself, all answers together may be.
    whole = np.quantile(weights @ shares, (0.025, 0.975))
    side = _side(_off(observed, *band)) or _side(_off(np.array([right.mean()]), *whole[:, None]))
    text = _sentence(verdict, side, float(sure.mean()), float(right.mean()), error, limit)
    return Reliability(bins, rows, error, limit, p_value, brier, slope, intercept, verdict, text)


def _drawn_shares(sure: NDArray[np.float64], parts: Sequence[NDArray[np.int64]], seed: int) -> NDArray[np.float64]:
    """Return the shares (bins, draws) of right answers in samples of a perfectly calibrated model.

    Whole samples are drawn one after the other, so that the size of a block changes nothing.
    """
    generator, block = np.random.default_rng(seed), max(1, _AT_ONCE // len(sure))
    found = []
    for start in range(0, _DRAWS, block):
        right = generator.random((min(block, _DRAWS - start), len(sure))) < sure
        found.append(np.array([right[:, part].mean(axis=1) for part in parts]))
    return np.concatenate(found, axis=1)


def _off(shares: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return which shares of right answers lie outside their band: -1 below it, 1 above it, 0 inside."""
    return (shares > high).astype(np.int64) - (shares < low).astype(np.int64)


def _side(off: NDArray[np.int64]) -> str:
    """Return in words on which side of their band bins are, the least sure first; "" where all are inside."""
    sides = off[off != 0]
    if not len(sides):
        return ""
    if (sides == sides[0]).all():
        return "too sure of itself" if sides[0] < 0 else "less sure than it could be"
    if (np.diff(sides) != 0).sum() > 1:
        return "too sure of some answers and not sure enough of others"
    if sides[-1] < 0:
        return "too sure where it is surest, and not sure enough elsewhere"
    return "not sure enough where it is surest, and too sure elsewhere"


def _sentence(verdict: str, side: str, sure: float, right: float, error: float, limit: float) -> str:
    figures = (
        f"The model is {100 * sure:.1f} % sure on average and right in {100 * right:.1f} % of cases; calibration "
        f"error {error:.3f}, a perfectly calibrated model stays below {limit:.3f} in 95 % of samples of this size."
    )
    if verdict == "violation":
        told = f": it is {side}" if side else ", though no range of them is certainly off to one side"
        return f"Its probabilities do not mean what they say{told}. {figures}"
    return f"No evidence that its probabilities mislead. {figures}"


def _recalibration(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[float | None, float | None]:
    """Return slope and intercept of a logistic regression of right on log odds (Cox 1958), by Newton's method."""
    if right.all() or not right.any():
        return None, None
    odds = np.log(np.clip(sure, 1e-6, 1 - 1e-6) / np.clip(1 - sure, 1e-6, 1))
    design = np.stack([odds, np.ones_like(odds)], axis=1)
    if np.linalg.matrix_rank(design) < 2:
        return None, None
    weights = np.array([1.0, 0.0])

    def loss(candidate: NDArray[np.float64]) -> float:
        logits = design @ candidate
        return float((np.logaddexp(0.0, logits) - right * logits).sum())

    for _ in range(100):
        chances = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        information = design.T @ (design * np.maximum(chances * (1 - chances), 1e-9)[:, None]) + 1e-9 * np.eye(2)
        step = np.linalg.solve(information, design.T @ (right - chances))
        # Full Newton steps can jump from side to side for ever where confidence is extreme.
        while loss(weights + step) > loss(weights) and np.abs(step).max() > 1e-10:
            step = step / 2
        weights = weights + step
        if np.abs(step).max() < 1e-8:
            break
    return float(weights[0]), float(weights[1])
