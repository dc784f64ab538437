"""The loss of a predicted number."""

import itertools

import numpy as np
import pytest
import torch

from automl_tl.finetune.number_loss import NumberLoss

ONES = torch.ones(1)


@pytest.mark.parametrize("scale", [1.0, 1e6])
def test_errors_count_in_standard_deviations(scale):
    """So a recipe's rates mean the same in any unit."""
    loss = NumberLoss(mean=100.0 * scale, deviation=10.0 * scale)
    labels = torch.tensor([100.0, 110.0], dtype=torch.float64) * scale
    assert loss.loss(torch.tensor([[0.0], [0.0]]), labels, ONES).tolist() == [0.0, 1.0]
    assert loss.total(labels, ONES) == 2


def test_far_errors_count_linearly_where_asked():
    """Huber: quadratic up to half a deviation."""
    loss = NumberLoss(robust=True)
    outputs = torch.tensor([[0.1], [2.0], [3.0]])
    found = loss.loss(outputs, torch.zeros(3, dtype=torch.float64), ONES)
    assert found[0] == pytest.approx(0.005)
    assert found[2] - found[1] == pytest.approx(0.5)


def test_an_epoch_shows_every_example_once():
    """Numbers are no classes to balance."""
    batches = list(itertools.islice(NumberLoss().batches(np.arange(8.0), 4, 0), 2))
    assert sorted(np.concatenate(batches).tolist()) == list(range(8))
