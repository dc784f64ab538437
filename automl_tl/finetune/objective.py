"""What training minimises: which batches it draws, and the loss of one batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.training_data import balanced_batches, sample_batches
from automl_tl.zoo.backbone import Batch

__all__ = ["CrossEntropy", "Objective"]

_SMALLEST_DOUBT = 1e-6
"""Keeps the gradient of a power below 1 finite where the model is sure."""


class Objective(ABC):
    """Batches, and a loss that is a sum over a batch so that it can be taken in parts where memory is short."""

    granule = 1
    """Neighbouring examples of a batch that belong together; parts are multiples of it."""
    mixes = True
    """Whether an example may be mixed with another one, its loss being mixed in the same shares (mixup)."""

    @abstractmethod
    def batches(self, labels: NDArray[Any], batch_size: int, seed: int) -> Iterator[NDArray[np.int64]]:
        """Yield index batches for ever, each of ``granule`` examples or a multiple."""

    def outputs(self, classifier: Classifier, batch: Batch) -> torch.Tensor:
        """Return what the loss looks at, float (B, ...): the logits."""
        logits: torch.Tensor = classifier(batch)
        return logits.float()

    @abstractmethod
    def loss(self, outputs: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Return the losses of (a part of) a batch, one per example or group of ``granule``, float (B / granule,).

        Parameters
        ----------
        outputs
            What :meth:`outputs` returned.
        labels
            int64 (B,), or what else the task's labels are.
        weights
            One per class or label, float (C,).
        """

    @abstractmethod
    def total(self, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Return what the losses of a whole batch, summed, are divided by."""


@dataclass(frozen=True)
class CrossEntropy(Objective):
    """Weighted cross-entropy of the head's logits, or the focal loss.

    Lin et al., Focal Loss for Dense Object Detection, ICCV 2017, equation 4: (1 - p)^gamma times the loss, where p
    is the probability of the right class; gamma = ``focal``.
    """

    label_smoothing: float = 0.0
    focal: float = 0.0
    sampling: str = "uniform"

    @classmethod
    def of(cls, recipe: Recipe) -> CrossEntropy:
        """Return the loss that a recipe asks for."""
        return cls(recipe.label_smoothing, recipe.focal, recipe.sampling)

    def batches(self, labels: NDArray[Any], batch_size: int, seed: int) -> Iterator[NDArray[np.int64]]:
        """Yield batches without replacement inside an epoch, or with every class drawn as often."""
        if self.sampling == "balanced":
            return balanced_batches(labels, batch_size, seed)
        return sample_batches(len(labels), batch_size, seed)

    def loss(self, outputs: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Return the weighted losses, (B,)."""
        losses = F.cross_entropy(
            outputs, labels, weight=weights, label_smoothing=self.label_smoothing, reduction="none"
        )
        if not self.focal:
            return losses
        right = outputs.softmax(dim=1).gather(1, labels[:, None])[:, 0]
        return (1 - right).clamp(min=_SMALLEST_DOUBT) ** self.focal * losses

    def total(self, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Return the batch's sum of weights."""
        return weights[labels].sum()
