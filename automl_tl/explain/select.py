"""Which predictions to explain: a handful that shows both how the model is right and how it fails."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.evaluation import Predictions

__all__ = ["select_rows"]


def select_rows(predictions: Predictions, n: int, seed: int = 0) -> NDArray[np.int64]:
    """Return up to ``n`` dataset rows: right predictions drawn at random first, then the most confident errors.

    Half of the places go to errors as far as there are any; both halves take turns over the true classes.
    """
    predicted = predictions.probabilities.argmax(axis=1)
    confidence = predictions.probabilities.max(axis=1)
    right = np.flatnonzero(predicted == predictions.labels)
    wrong = np.flatnonzero(predicted != predictions.labels)
    wrong = wrong[np.argsort(-confidence[wrong], kind="stable")]
    right = np.random.default_rng(seed).permutation(right)
    n_wrong = min(len(wrong), max(n // 2, n - len(right)))
    n_right = min(len(right), n - n_wrong)
    chosen_right = _spread(right, predictions.labels, n_right)
    chosen_wrong = _spread(wrong, predictions.labels, n_wrong)
    return predictions.rows[np.concatenate([chosen_right, chosen_wrong]).astype(np.int64)]


def _spread(positions: NDArray[np.int64], labels: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return ``n`` positions, taking turns over the classes and keeping the order inside each class."""
    turns: dict[int, int] = {}
    keyed = []
    for order, position in enumerate(positions):
        label = int(labels[position])
        turns[label] = turns.get(label, -1) + 1
        keyed.append((turns[label], order, int(position)))
    return np.array([position for _, _, position in sorted(keyed)[:n]], dtype=np.int64)
