"""Pairs of examples, alike or not, and the loss that pulls alike ones together.

Tunstall et al., Efficient Few-Shot Learning Without Prompts (SetFit), 2022, section 3: pairs of one class are
positive, pairs of two classes negative; Reimers & Gurevych, Sentence-BERT, EMNLP 2019: the squared error of the
cosine similarity against 1 or 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.objective import Objective
from automl_tl.zoo.backbone import Batch

__all__ = ["ContrastivePairs", "sample_pairs"]


@dataclass(frozen=True)
class ContrastivePairs(Objective):
    """The mean over pairs of (cosine similarity - 1 if of one class else 0) squared; the head takes no part."""

    granule = 2
    mixes = False

    def batches(self, labels: NDArray[np.int64], batch_size: int, seed: int) -> Iterator[NDArray[np.int64]]:
        """Yield ``batch_size // 2`` pairs at a time as neighbours: first, second, first, second, ..."""
        return sample_pairs(labels, max(1, batch_size // 2), seed)

    def outputs(self, classifier: Classifier, batch: Batch) -> torch.Tensor:
        """Return the embeddings."""
        embeddings: torch.Tensor = classifier.backbone(batch)
        return embeddings.float()

    def loss(self, outputs: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Return the squared errors of the pairs, (B / 2,)."""
        similarity = F.cosine_similarity(outputs[0::2], outputs[1::2])
        alike = (labels[0::2] == labels[1::2]).to(similarity.dtype)
        return (similarity - alike) ** 2

    def total(self, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Return the number of pairs."""
        return torch.tensor(len(labels) / 2, device=labels.device)


def sample_pairs(labels: NDArray[np.int64], pairs: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield int64 (2 * pairs,) for ever: half of the pairs of one class, half of two, as far as classes allow.

    Every class is the first of as many pairs as any other. With one class only there are no negative pairs; a
    class with one example is paired with itself, which dropout still tells apart.
    """
    rng = np.random.default_rng(seed)
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    while True:
        batch = np.empty(2 * pairs, dtype=np.int64)
        for pair in range(pairs):
            own = int(rng.integers(len(members)))
            other = own
            if pair % 2 and len(members) > 1:
                other = (own + 1 + int(rng.integers(len(members) - 1))) % len(members)
            batch[2 * pair : 2 * pair + 2] = _pair(members[own], members[other], own == other, rng)
        yield batch


def _pair(
    first: NDArray[np.int64], second: NDArray[np.int64], same: bool, rng: np.random.Generator
) -> NDArray[np.int64]:
    if same and len(first) > 1:
        return rng.choice(first, 2, replace=False)
    return np.array([rng.choice(first), rng.choice(second)], dtype=np.int64)
