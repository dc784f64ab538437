"""Budgets name their rule, and the sampler follows from features and budget."""

import numpy as np
import pytest
import torch

from automl_tl.explain.game import Game
from automl_tl.explain.maskers.column import Column
from automl_tl.explain.maskers.grid_blur import GridBlur
from automl_tl.explain.network import Network
from automl_tl.explain.samplers.choose import (
    checking_evaluations,
    choose_sampler,
    minimum_evaluations,
    most_features,
    needed_evaluations,
)


class Nothing(torch.nn.Module):
    def forward(self, batch):
        return next(iter(batch.values())).flatten(1).sum(dim=1, keepdim=True)


class Same:
    def logits(self, features):
        return np.concatenate([features, -features], axis=1)


class Model:
    backbone = Nothing()
    head = Same()


def game(masker):
    return Game([(masker, Network(Model()))])


def test_budgets_name_their_rule():
    """All coalitions up to ten features, 260 for pictures, max(100, 12F) for words but never above 1024."""
    assert (minimum_evaluations(3), minimum_evaluations(64)) == (8, 130)
    assert (needed_evaluations(10, picture=True), needed_evaluations(8, picture=False)) == (1024, 256)
    assert needed_evaluations(64, picture=True) == 260
    assert [needed_evaluations(n, picture=False) for n in (17, 60, 400)] == [204, 720, 1024]


def test_as_many_features_as_have_an_estimate():
    """One more would take more evaluations; checks enumerate up to six features."""
    for evaluations in range(2, 200):
        most = most_features(evaluations)
        assert minimum_evaluations(most) <= evaluations < minimum_evaluations(most + 1)
    assert most_features(0) == 1
    assert [checking_evaluations(n) for n in (3, 6, 7)] == [8, 64, 16]


@pytest.mark.parametrize(
    ("n_columns", "evaluations", "name"),
    [
        (3, 4, "exact"),
        (4, 15, "paired kernel"),
        (4, 16, "exact"),
        (6, 63, "paired kernel"),
        (6, 64, "exact"),
        (8, 256, "exact"),
        (8, 100, "paired kernel"),
        (20, 9999, "paired kernel"),
    ],
)
def test_columns_are_enumerated_or_regressed(n_columns, evaluations, name):
    """Exact where the budget allows."""
    masker = Column(np.ones(n_columns), np.zeros((1, n_columns)), [f"c{i}" for i in range(n_columns)])
    assert choose_sampler(game(masker), [0], max_evals=evaluations, seed=0).name == name


def test_patches_are_walked_through_in_random_orders():
    """Permutations suit pictures."""
    masker = GridBlur(torch.zeros(3, 16, 16), (4, 4))
    assert choose_sampler(game(masker), [0], max_evals=100, seed=0).name == "antithetic permutations"
