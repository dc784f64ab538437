"""The loss of several labels: binary cross-entropy of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from automl_tl.finetune.objective import Objective
from automl_tl.finetune.training_data import sample_batches

__all__ = ["BinaryCrossEntropy"]

_SMALLEST_DOUBT = 1e-6


@dataclass(frozen=True)
class BinaryCrossEntropy(Objective):
    """Binary cross-entropy, mean over the labels; ``focal`` > 0: each term times (1 - p of what is true)^focal.

    ``label_smoothing`` moves targets from 0 and 1 by half of it. Weights are those of a label's positives.
    """

    label_smoothing: float = 0.0
    focal: float = 0.0

    def batches(self, labels: NDArray[Any], batch_size: int, seed: int) -> Iterator[NDArray[np.int64]]:
        """Yield batches without replacement inside an epoch."""
        return sample_batches(len(labels), batch_size, seed)

    def loss(self, outputs: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Return the losses (B,) of logits (B, L) against 0 and 1 (B, L).

        A term counts ``weights`` (L,) times where its label is 1, and once where it is 0.
        """
        wanted = labels.to(outputs.dtype)
        smooth = wanted * (1 - self.label_smoothing) + self.label_smoothing / 2
        losses = F.binary_cross_entropy_with_logits(outputs, smooth, reduction="none")
        if self.focal:
            true = torch.where(labels == 1, outputs.sigmoid(), 1 - outputs.sigmoid())
            losses = losses * (1 - true).clamp(min=_SMALLEST_DOUBT) ** self.focal
        return (losses * torch.where(labels == 1, weights, 1.0)).mean(dim=1)

    def total(self, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Return the number of examples."""
        return torch.tensor(float(len(labels)), device=labels.device)
