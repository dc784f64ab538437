"""From which probability on a label is decided for: chosen per label on held-out rows, for the F1 score.

Lipton, Elkan, Naryanaswamy, Optimal Thresholding of Classifiers to Maximize F1 Measure, ECML PKDD 2014: the best
threshold is hardly ever one half, and for a rare label far below it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.decision import FEWEST_EXAMPLES, Decision, paired_gain
from automl_tl.finetune.metrics import metrics

__all__ = ["choose_thresholds", "decisions"]

_STEP = "thresholds"
_DECIDED = 0.5
_FEWEST_POSITIVES = 5
"""Labels with fewer held-out rows share the threshold that is best for all labels together."""
_FOLDS = 5


def choose_thresholds(
    labels: NDArray[np.int64], probabilities: NDArray[np.floating], *, seed: int = 0
) -> tuple[tuple[float, ...], Decision]:
    """Return one threshold per label, () for one half unless others clearly help, and the decision.

    Whether thresholds help is measured by cross-validation on these very rows: macro F1 of the decisions must rise
    by more than the paired standard error where thresholds were tuned on the other folds.

    Parameters
    ----------
    labels
        int64 (N, L) of 0 and 1.
    probabilities
        float (N, L) of rows that the model has not been trained on.
    """
    exact, n = np.asarray(probabilities, dtype=np.float64), len(labels)
    if n < max(FEWEST_EXAMPLES, 2 * _FOLDS):
        return (), Decision(_STEP, False, f"{n} examples are too few to tell; at least {2 * _FOLDS} are needed")
    folds = np.random.default_rng(seed).permutation(n) % _FOLDS
    decided = np.zeros_like(exact)
    for fold in range(_FOLDS):
        held_out = folds == fold
        decided[held_out] = decisions(exact[held_out], _tuned(labels[~held_out], exact[~held_out]))
    gain = paired_gain(metrics.get("macro_f1"), labels, exact, decided, seed=seed)
    thresholds = tuple(round(float(each), 6) for each in _tuned(labels, exact))
    settings = {"lowest": min(thresholds), "highest": max(thresholds)}
    reason = (
        "macro f1 rises by more than its standard error"
        if gain.clear
        else "one half does about as well for every label"
    )
    decision = Decision(_STEP, gain.clear, reason, (gain,), "validation", settings)
    return (thresholds if gain.clear else ()), decision


def decisions(probabilities: NDArray[np.floating], thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1.0 where a probability (N, L) reaches its label's threshold (L,), else 0.0."""
    return (np.asarray(probabilities, dtype=np.float64) >= thresholds).astype(np.float64)


def _tuned(labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    common = _best_threshold(labels.ravel(), probabilities.ravel())
    return np.array(
        [
            _best_threshold(labels[:, place], probabilities[:, place])
            if labels[:, place].sum() >= _FEWEST_POSITIVES
            else common
            for place in range(labels.shape[1])
        ]
    )


def _best_threshold(labels: NDArray[np.int64], scores: NDArray[np.float64]) -> float:
    """Return the middle between two scores that gives the largest F1; one half without positives."""
    positives = int(labels.sum())
    if not positives:
        return _DECIDED
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(labels[order])
    taken = np.arange(1, len(scores) + 1)
    ends = np.flatnonzero(np.append(ranked[:-1] > ranked[1:], True))
    f1 = 2 * hits[ends] / (taken[ends] + positives)
    best = int(ends[np.argmax(f1)])
    below = ranked[best + 1] if best + 1 < len(ranked) else 0.0
    return float((ranked[best] + below) / 2)
