"""The loss of several labels."""

import itertools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from automl_tl.finetune.label_loss import BinaryCrossEntropy

LOGITS = torch.tensor([[2.0, -1.0], [0.5, 3.0]])
LABELS = torch.tensor([[1, 0], [0, 1]])
ONES = torch.ones(2)


def test_is_torchs_binary_cross_entropy():
    """Mean over the labels of each example."""
    expected = F.binary_cross_entropy_with_logits(LOGITS, LABELS.float(), reduction="none").mean(dim=1)
    assert torch.equal(BinaryCrossEntropy().loss(LOGITS, LABELS, ONES), expected)
    assert BinaryCrossEntropy().total(LABELS, ONES) == 2


def test_smoothing_and_focus():
    """Smoothed targets make certainty cost; focal loss forgets what is right already."""
    plain = BinaryCrossEntropy().loss(LOGITS * 9, LABELS, ONES)
    assert (BinaryCrossEntropy(label_smoothing=0.1).loss(LOGITS * 9, LABELS, ONES) > plain).all()
    focused = BinaryCrossEntropy(focal=2.0).loss(LOGITS, LABELS, ONES) / BinaryCrossEntropy().loss(
        LOGITS, LABELS, ONES
    )
    assert focused[0] < focused[1] < 1


def test_weights_count_the_rows_that_have_a_label():
    """Known answer: at logits of 0 each term is log 2; terms of labels that a row lacks count once."""
    losses = BinaryCrossEntropy().loss(torch.zeros(2, 2), torch.tensor([[1, 0], [1, 1]]), torch.tensor([3.0, 0.5]))
    assert losses.tolist() == pytest.approx([math.log(2) * (3 + 1) / 2, math.log(2) * (3 + 0.5) / 2])


def test_weights_are_those_of_torch():
    """The same as its ``pos_weight``, which smoothed targets would give a part of the rows without the label."""
    weights = torch.tensor([4.0, 0.5])
    expected = F.binary_cross_entropy_with_logits(LOGITS, LABELS.float(), reduction="none", pos_weight=weights)
    assert BinaryCrossEntropy().loss(LOGITS, LABELS, weights).tolist() == pytest.approx(expected.mean(1).tolist())
    rows = torch.tensor([[0, 0], [0, 0]])
    smooth = BinaryCrossEntropy(label_smoothing=0.1)
    assert torch.equal(smooth.loss(LOGITS, rows, weights), smooth.loss(LOGITS, rows, ONES))


def test_an_epoch_shows_every_example_once():
    """In batches without replacement."""
    batches = list(itertools.islice(BinaryCrossEntropy().batches(np.zeros((8, 2)), 4, 0), 2))
    assert sorted(np.concatenate(batches).tolist()) == list(range(8))
