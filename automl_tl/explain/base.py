"""The type that walks out of the explain room."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Explanation", "Faithfulness"]


@dataclass(frozen=True)
class Faithfulness:
    """Does revealing features in the explained order really move the model more than a random order does?

    Attributes
    ----------
    insertion, deletion
        Mean probability of the predicted class while features are shown, or hidden, largest contribution first;
        in [0, 1].
    random_gaps
        insertion - deletion of each random order that it is compared with.
    verdict
        ``faithful`` (above every random order), ``weak`` (above their mean) or ``failed``.

    References
    ----------
    Petsiuk, Das, Saenko, RISE (BMVC 2018), section 4.3.
    """

    insertion: float
    deletion: float
    random_gaps: tuple[float, ...]
    verdict: str

    @property
    def gap(self) -> float:
        """insertion - deletion; larger is better."""
        return self.insertion - self.deletion


@dataclass(frozen=True)
class Explanation:
    """Shapley values of one prediction.

    Attributes
    ----------
    row
        Index of the row in the dataset; ``row_id`` its stable id.
    true_class, predicted_class, runner_up_class
        Class names.
    probability
        Predicted probability of ``predicted_class``.
    feature_names
        F names: whole words in order, or ``row 1, column 2`` for image patches.
    values
        float64 (F, 2): contributions to the logit of the predicted class and of the runner-up.
    base_values, model_outputs
        float64 (2,): logits with every feature hidden, and with every feature shown.
    grid
        (rows, columns) of the patches for images, else None.
    evaluations
        Number of model evaluations spent.
    baseline
        What a hidden feature is replaced by, such as ``blur`` or ``mask token``.
    preview_png
        The image as the report shows it (PNG bytes), or None for text.
    faithfulness
        Insertion/deletion check against random orders, None where time did not allow it.
    """

    row: int
    row_id: str
    modality: str
    true_class: str
    predicted_class: str
    runner_up_class: str
    probability: float
    feature_names: tuple[str, ...]
    values: NDArray[np.float64]
    base_values: NDArray[np.float64]
    model_outputs: NDArray[np.float64]
    grid: tuple[int, int] | None
    evaluations: int
    baseline: str
    preview_png: bytes | None = None
    faithfulness: Faithfulness | None = None

    @property
    def additivity_gap(self) -> float:
        """Largest distance between base value plus contributions and the model's output, in logits."""
        total = self.base_values + self.values.sum(axis=0)
        return float(np.max(np.abs(total - self.model_outputs)))
