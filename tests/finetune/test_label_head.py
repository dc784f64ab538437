"""One logistic regression per label."""

import numpy as np
import pytest

from automl_tl.finetune.head import REGULARISATION_GRID
from automl_tl.finetune.label_head import choose_label_regularisation, fit_label_head


def sample(n=90, seed=0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 6)).astype(np.float32)
    labels = (features[:, :3] + 0.3 * rng.normal(size=(n, 3)) > 0.2).astype(np.int64)
    return features, labels


def test_each_label_is_learnt_by_itself():
    """Any number of them can be likely at once."""
    features, labels = sample()
    head = fit_label_head(features, labels)
    assert head.link == "sigmoid"
    probabilities = head.probabilities(features)
    assert ((probabilities >= 0.5) == (labels == 1)).mean() > 0.9
    assert probabilities.sum(axis=1).max() > 1.5


def test_labels_that_all_rows_have_or_none_get_laplaces_share():
    """There is nothing to learn about them."""
    features, labels = sample(18)
    labels = np.column_stack([labels, np.ones(18, np.int64), np.zeros(18, np.int64)])
    probabilities = fit_label_head(features, labels).probabilities(features)
    assert probabilities[:, 3] == pytest.approx(np.full(18, 19 / 20), rel=1e-5)
    assert probabilities[:, 4] == pytest.approx(np.full(18, 1 / 20), rel=1e-5)


def test_noise_is_shrunk():
    """C is chosen by held-out log loss."""
    rng = np.random.default_rng(0)
    noise = choose_label_regularisation(rng.normal(size=(90, 20)), (rng.random((90, 3)) < 0.5).astype(np.int64))
    assert noise == REGULARISATION_GRID[0]
    assert choose_label_regularisation(*sample()) > noise


def test_many_labels_cost_no_more_than_thirty():
    """The frequent ones stand for the others."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(60, 4))
    labels = (rng.random((60, 40)) < np.linspace(0.1, 0.6, 40)).astype(np.int64)
    assert choose_label_regularisation(features, labels) in REGULARISATION_GRID
