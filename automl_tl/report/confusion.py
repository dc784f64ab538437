"""The confusion matrix of predictions."""

from __future__ import annotations

import numpy as np

from automl_tl.finetune.evaluation import Predictions

__all__ = ["confusion_matrix"]


def confusion_matrix(predictions: Predictions, n_classes: int) -> tuple[tuple[int, ...], ...]:
    """Return counts, (C, C): rows are true classes, columns predicted classes."""
    predicted = predictions.probabilities.argmax(axis=1)
    cells = np.bincount(predictions.labels * n_classes + predicted, minlength=n_classes * n_classes)
    return tuple(tuple(row) for row in cells.reshape(n_classes, n_classes).tolist())
