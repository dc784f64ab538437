"""Pairs are half alike and half not, every class is met, and the loss is the error of the cosine."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from automl_tl.finetune.contrast import ContrastivePairs, sample_pairs


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
    outputs = ContrastivePairs().outputs(Plane(), {"pixels": points})
    loss = ContrastivePairs().loss(outputs, labels, torch.ones(2))
    assert loss.tolist() == pytest.approx([1.0, 1.0, 0.5])
    assert float(ContrastivePairs().total(labels, torch.ones(2))) == 3.0
