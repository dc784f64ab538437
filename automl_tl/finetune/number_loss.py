"""The loss of a predicted number, in units of the training numbers' standard deviation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.objective import Objective
from automl_tl.finetune.training_data import sample_batches
from automl_tl.zoo.backbone import Batch

__all__ = ["NumberLoss"]

_HUBER_DELTA = 0.5
"""Standard deviations from which an error counts linearly."""


@dataclass(frozen=True)
class NumberLoss(Objective):
    """Squared error, or Huber's loss, of standardised numbers.

    Huber, Robust Estimation of a Location Parameter, Annals of Mathematical Statistics 1964.

    Attributes
    ----------
    mean, deviation
        Of the training numbers.
    robust
        Whether errors beyond half a deviation count linearly, as fits a metric of absolute errors.
    """

    mean: float = 0.0
    deviation: float = 1.0
    robust: bool = False

    def batches(self, labels: NDArray[Any], batch_size: int, seed: int) -> Iterator[NDArray[np.int64]]:
        """Yield batches without replacement inside an epoch."""
        return sample_batches(len(labels), batch_size, seed)

    def outputs(self, classifier: Classifier, batch: Batch) -> torch.Tensor:
        """Return the standardised predictions, float32 (B, 1)."""
        return classifier.standardised(batch).float()

    def loss(self, outputs: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Return the losses (B,); ``labels`` are raw numbers (B,), ``weights`` are not looked at."""
        wanted = ((labels.double() - self.mean) / self.deviation).float()
        if self.robust:
            return F.huber_loss(outputs[:, 0], wanted, reduction="none", delta=_HUBER_DELTA)
        return (outputs[:, 0] - wanted) ** 2

    def total(self, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Return the number of examples."""
        return torch.tensor(float(len(labels)), device=labels.device)
