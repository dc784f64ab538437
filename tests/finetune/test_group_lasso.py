"""Features that carry the targets are worth most; constant ones and noise hardly anything."""

from __future__ import annotations

import numpy as np
import pytest

from automl_tl.finetune.group_lasso import feature_worth


def data(n: int = 120, noise: int = 60, seed: int = 0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    telling = np.eye(3)[labels][:, :2] * 2 + rng.normal(size=(n, 2))
    features = np.concatenate([telling, rng.normal(size=(n, noise)), np.ones((n, 1))], axis=1)
    return features * 10.0 ** rng.integers(-3, 4, features.shape[1]), np.eye(3)[labels]


def test_telling_features_come_first_whatever_their_scale():
    features, targets = data()
    worth = feature_worth(features, targets)
    assert set(np.argsort(-worth)[:2]) == {0, 1}
    assert worth[-1] == 0
    assert (worth >= 0).all()


def test_numbers_are_targets_too():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(80, 30))
    worth = feature_worth(features, (3 * features[:, 7] + rng.normal(size=80))[:, None])
    assert np.argmax(worth) == 7


def test_of_two_copies_and_a_third_the_group_shares_its_worth():
    features, targets = data()
    worth = feature_worth(np.concatenate([features, features[:, :1]], axis=1), targets)
    assert worth[0] == pytest.approx(worth[-1], rel=1e-2)


@pytest.mark.parametrize("targets", [np.ones((20, 2)), np.zeros((20, 1))])
def test_nothing_is_worth_anything_where_there_is_nothing_to_tell(targets):
    assert (feature_worth(np.random.default_rng(0).normal(size=(20, 5)), targets) == 0).all()


def test_more_features_than_rows_are_no_problem():
    rng = np.random.default_rng(1)
    features = rng.normal(size=(20, 300)).astype(np.float32)
    features[:, 5] = np.repeat([0.0, 1.0], 10)
    worth = feature_worth(features, np.eye(2)[np.repeat([0, 1], 10)])
    assert np.argmax(worth) == 5
