"""From which probability on a label is decided for: chosen on held-out rows, for the job's metric.

Lipton, Elkan, Naryanaswamy, Optimal Thresholding of Classifiers to Maximize F1 Measure, ECML PKDD 2014: the best
threshold for the F1 score is hardly ever one half, and for a rare label far below it. Where wrong decisions are
counted, such thresholds do harm: every label that is decided for in vain counts as much as one that is missed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.decision import FEWEST_EXAMPLES, Decision, paired_gain
from automl_tl.finetune.metrics import Metric, metrics

__all__ = ["choose_thresholds", "decisions"]

_Counts: TypeAlias = NDArray[np.int64]
_Worth: TypeAlias = Callable[[_Counts, _Counts, int], NDArray[np.float64]]
"""Hits among those decided for, how many these are, and how many should be: to what that is worth."""

_STEP = "thresholds"
_DECIDED = 0.5
_FEWEST_POSITIVES = 5
"""Labels with fewer held-out rows share the threshold that is best for all labels together."""
_FOLDS = 5
_USUAL = "macro_f1"
_OF_ALL_TOGETHER = "micro_f1"
_OF_RIGHT_DECISIONS = ("hamming_loss", "subset_accuracy")


def choose_thresholds(
    labels: NDArray[np.int64],
    probabilities: NDArray[np.floating],
    *,
    metric: str = _USUAL,
    seed: int = 0,
    evidence: str = "validation",
    groups: NDArray[np.int64] | None = None,
) -> tuple[tuple[float, ...], Decision]:
    """Return one threshold per label, () for one half unless others clearly help, and the decision.

    Whether thresholds help is measured by cross-validation on these very rows: the metric of the decisions must
    improve by more than the paired standard error where thresholds were tuned on the other folds.

    Parameters
    ----------
    labels
        int64 (N, L) of 0 and 1.
    probabilities
        float (N, L) of rows that the model has not been trained on.
    metric
        The job's. One that does not look at decisions leaves the choice to macro F1.
    groups
        int64 (N,), equal for rows that are not independent; folds and standard error keep them together.
    """
    measure = metrics.get(metric) if metrics.get(metric).decides else metrics.get(_USUAL)
    exact, n = np.asarray(probabilities, dtype=np.float64), len(labels)
    if n < max(FEWEST_EXAMPLES, 2 * _FOLDS):
        return (), Decision(_STEP, False, f"{n} examples are too few to tell; at least {2 * _FOLDS} are needed")
    units = np.arange(n) if groups is None else np.unique(groups, return_inverse=True)[1]
    several = int(units.max()) + 1
    if several < 2:
        return (), Decision(_STEP, False, "all examples are of one group, which tells nothing of others")
    folds = (np.random.default_rng(seed).permutation(several) % _FOLDS)[units]
    decided = np.zeros_like(exact)
    for fold in np.unique(folds):
        held_out = folds == fold
        decided[held_out] = decisions(exact[held_out], _tuned(measure.name, labels[~held_out], exact[~held_out]))
    gain = paired_gain(measure, labels, exact, decided, seed=seed, groups=groups)
    thresholds = tuple(round(float(each), 6) for each in _tuned(measure.name, labels, exact))
    settings = {"lowest": min(thresholds), "highest": max(thresholds)}
    reason = _improvement(measure) if gain.clear else "one half does about as well for every label"
    decision = Decision(_STEP, gain.clear, reason, (gain,), evidence, settings)
    return (thresholds if gain.clear else ()), decision


def decisions(probabilities: NDArray[np.floating], thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1.0 where a probability (N, L) reaches its label's threshold (L,), else 0.0."""
    return (np.asarray(probabilities, dtype=np.float64) >= thresholds).astype(np.float64)


def _improvement(metric: Metric) -> str:
    verb = "rises" if metric.direction == "maximize" else "falls"
    return f"{metric.name.replace('_', ' ')} {verb} by more than its standard error"


def _tuned(metric: str, labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the thresholds (L,) that are best for these rows."""
    worth = _right_decisions if metric in _OF_RIGHT_DECISIONS else _f1
    common = _best_threshold(labels.ravel(), probabilities.ravel(), worth)
    fewest = len(labels) + 1 if metric == _OF_ALL_TOGETHER else _FEWEST_POSITIVES
    return np.array(
        [
            _best_threshold(labels[:, place], probabilities[:, place], worth)
            if labels[:, place].sum() >= fewest
            else common
            for place in range(labels.shape[1])
        ]
    )


def _f1(hits: _Counts, taken: _Counts, positives: int) -> NDArray[np.float64]:
    return 2 * hits / (taken + positives)


def _right_decisions(hits: _Counts, taken: _Counts, positives: int) -> NDArray[np.float64]:
    """Return how many more decisions are right than if nothing were decided for."""
    return (2 * hits - taken).astype(np.float64)


def _best_threshold(labels: NDArray[np.int64], scores: NDArray[np.float64], worth: _Worth) -> float:
    """Return the middle between two scores, or a score and 0 or 1, worth most; one half without positives."""
    positives = int(labels.sum())
    if not positives:
        return _DECIDED
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.append(0, np.cumsum(labels[order]))
    cuts = np.flatnonzero(np.concatenate([[True], ranked[:-1] > ranked[1:], [True]]))
    best = int(cuts[np.argmax(worth(hits[cuts], cuts, positives))])
    bounds = np.concatenate([[1.0], ranked, [0.0]])
    return float((bounds[best] + bounds[best + 1]) / 2)
