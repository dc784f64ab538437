"""What training minimises: which batches it draws, and the loss of one batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.training_data import sample_batches
from automl_tl.zoo.backbone import Batch

__all__ = ["CrossEntropy", "Objective"]


class Objective(ABC):
    """Batches, and a loss that is a sum over a batch so that it can be taken in parts where memory is short."""

    granule = 1
    """Neighbouring examples of a batch that belong together; parts are multiples of it."""

    @abstractmethod
    def batches(self, labels: NDArray[np.int64], batch_size: int, seed: int) -> Iterator[NDArray[np.int64]]:
        """Yield index batches for ever, each of ``granule`` examples or a multiple."""

    @abstractmethod
    def loss(
        self, classifier: Classifier, batch: Batch, labels: torch.Tensor, weights: torch.Tensor
    ) -> torch.Tensor:
        """Return the loss summed over (a part of) a batch; ``labels`` int64 (B,), class ``weights`` float (C,)."""

    @abstractmethod
    def total(self, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Return what the summed loss of a whole batch is divided by."""


@dataclass(frozen=True)
class CrossEntropy(Objective):
    """Weighted cross-entropy of the head's logits over every epoch's permutation."""

    label_smoothing: float = 0.0

    def batches(self, labels: NDArray[np.int64], batch_size: int, seed: int) -> Iterator[NDArray[np.int64]]:
        """Yield batches without replacement inside an epoch."""
        return sample_batches(len(labels), batch_size, seed)

    def loss(
        self, classifier: Classifier, batch: Batch, labels: torch.Tensor, weights: torch.Tensor
    ) -> torch.Tensor:
        """Return the summed, weighted cross-entropy."""
        logits = classifier(batch).float()
        return F.cross_entropy(
            logits, labels, weight=weights, label_smoothing=self.label_smoothing, reduction="sum"
        )

    def total(self, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Return the batch's sum of weights."""
        return weights[labels].sum()
