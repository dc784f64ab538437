"""Pairs are half alike and half not, every class is met, and the loss is the error of the cosine."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from automl_tl.finetune.contrast import ContrastivePairs, sample_pairs
from automl_tl.finetune.recipe import Recipe


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.integers(1, 9), st.integers(0, 9))
def test_pairs_alternate_between_one_class_and_two(labels, pairs, seed):
    labels = np.array(labels, dtype=np.int64)
    batch = next(sample_pairs(labels, pairs, seed))
    first, second = batch[0::2], batch[1::2]
    alike = labels[first] == labels[second]
    negatives = (np.arange(pairs) % 2 == 1) & (len(set(labels)) > 1)
    assert (alike == ~negatives).all()
    counts = np.bincount(labels, minlength=5)
    assert all(a != b for a, b in zip(first, second, strict=True) if counts[labels[a]] > 1)


def test_rare_classes_are_met_as_often_as_frequent_ones():
    labels = np.array([0] * 97 + [1] * 3)
    batches = sample_pairs(labels, 16, seed=0)
    first = np.concatenate([next(batches)[0::2] for _ in range(50)])
    assert labels[first].mean() == pytest.approx(0.5, abs=0.06)


def test_the_same_seed_gives_the_same_pairs():
    labels = np.arange(12) % 3
    ours, theirs = sample_pairs(labels, 8, seed=3), sample_pairs(labels, 8, seed=3)
    assert all((next(ours) == next(theirs)).all() for _ in range(5))


class Plane(nn.Module):
    """A classifier whose embedding of a batch is the batch itself."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = lambda batch: batch["pixels"]


def test_the_loss_is_the_squared_error_of_the_cosine_of_each_pair():
    points = torch.tensor([[1.0, 0.0], [0.0, 2.0], [1.0, 0.0], [3.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    labels = torch.tensor([0, 0, 0, 1, 0, 1])
    objective = ContrastivePairs(granule=2)
    outputs = objective.outputs(Plane(), {"pixels": points})
    assert objective.loss(outputs, labels, torch.ones(2)).tolist() == pytest.approx([1.0, 1.0, 0.5])
    assert float(objective.total(labels, torch.ones(2))) == 3.0


def test_in_a_block_every_example_is_a_pair_with_every_other_and_both_kinds_count_alike():
    """Of four: (0, 0, 0, 1) has three pairs of one class and three of two, (1, 1, 1, 1) has none of two."""
    points = torch.tensor(
        [[1.0, 0.0], [0.0, 2.0], [1.0, 0.0], [3.0, 0.0], [1.0, 0.0], [1.0, 0.0], [5.0, 0.0], [0, 3.0]]
    )
    labels = torch.tensor([0, 0, 0, 1, 1, 1, 1, 1])
    alike, different = (1 + 0 + 1) / 3, (1 + 0 + 1) / 3
    loss = ContrastivePairs(granule=4).loss(points, labels, torch.ones(2))
    assert loss.tolist() == pytest.approx([(alike + different) / 2, (0 + 0 + 1 + 0 + 1 + 1) / 6])


@pytest.mark.parametrize(
    ("batch_size", "granule", "drawn"), [(32, 8, 32), (20, 8, 16), (10, 8, 8), (7, 6, 6), (2, 2, 2)]
)
def test_batches_are_whole_blocks(batch_size, granule, drawn):
    objective = ContrastivePairs.of(Recipe("contrastive", batch_size=batch_size))
    assert objective.granule == granule
    assert len(next(objective.batches(np.arange(40) % 4, batch_size, seed=0))) == drawn


def test_examples_of_other_blocks_are_no_pairs():
    rng = torch.Generator().manual_seed(0)
    points, labels = torch.randn(16, 5, generator=rng), torch.arange(16) % 3
    objective = ContrastivePairs()
    whole = objective.loss(points, labels, torch.ones(3))
    parts = [objective.loss(points[part], labels[part], torch.ones(3)) for part in (slice(8), slice(8, 16))]
    torch.testing.assert_close(whole, torch.cat(parts))
