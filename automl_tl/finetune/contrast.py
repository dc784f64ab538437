"""Pairs of examples, alike or not, and the loss that pulls alike ones together.

Tunstall et al., Efficient Few-Shot Learning Without Prompts (SetFit), 2022, section 3: pairs of one class are
positive, pairs of two classes negative; Reimers & Gurevych, Sentence-BERT, EMNLP 2019: the squared error of the
cosine similarity against 1 or 0. Unlike there, an example is a pair with every other one of its block, which makes
28 pairs of eight passes instead of four: Khosla et al., Supervised Contrastive Learning, NeurIPS 2020, section 3.
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
from automl_tl.finetune.recipe import Recipe
from automl_tl.zoo.backbone import Batch

__all__ = ["BLOCK", "ContrastivePairs", "sample_pairs"]


BLOCK = 8
"""Examples of a block: small enough for a micro-batch where memory is short, which never parts a block."""


@dataclass(frozen=True)
class ContrastivePairs(Objective):
    """The squared error of the cosine similarity of pairs, which is 1 for one class and else 0.

    Every example is a pair with each other one of its block. Pairs of one class and pairs of two count alike,
    however many there are. The head takes no part.

    Parameters
    ----------
    granule
        Examples of a block, an even number >= 2.
    """

    granule: int = BLOCK
    mixes = False

    @classmethod
    def of(cls, recipe: Recipe) -> ContrastivePairs:
        """Return the loss for a recipe's batches."""
        return cls(min(BLOCK, recipe.batch_size // 2 * 2))

    def batches(self, labels: NDArray[np.int64], batch_size: int, seed: int) -> Iterator[NDArray[np.int64]]:
        """Yield whole blocks, at most ``batch_size`` examples and at least one block, pairs being neighbours."""
        blocks = max(1, batch_size // self.granule)
        return sample_pairs(labels, blocks * self.granule // 2, seed)

    def outputs(self, classifier: Classifier, batch: Batch) -> torch.Tensor:
        """Return the embeddings."""
        embeddings: torch.Tensor = classifier.backbone(batch)
        return embeddings.float()

    def loss(self, outputs: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Return the mean squared errors of the blocks, (B / granule,)."""
        directions = F.normalize(outputs).unflatten(0, (-1, self.granule))
        classes = labels.unflatten(0, (-1, self.granule))
        alike = classes[:, :, None] == classes[:, None, :]
        errors = (directions @ directions.transpose(1, 2) - alike.float()) ** 2
        share = _shares(alike) + _shares(~alike)
        return (errors * share).sum(dim=(1, 2)) / share.sum(dim=(1, 2))

    def total(self, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Return the number of blocks."""
        return torch.tensor(len(labels) / self.granule, device=labels.device)


def _shares(which: torch.Tensor) -> torch.Tensor:
    """Return weights of the pairs (blocks, B, B) above the diagonal that add up to 1 for each block with any."""
    once = which.triu(1).float()
    return once / once.sum(dim=(1, 2), keepdim=True).clamp(min=1)


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
