"""The weighted head is the logistic regression everybody knows."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from automl_tl.fairness.mitigation.weighted_head import fit_weighted_head, row_losses


def rows(seed=0, n=120):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    return rng.normal(size=(n, 5)) + labels[:, None] * [1, 0, 0.5, 0, 0], labels, rng.random(n) + 0.1


def test_it_agrees_with_scikit_learn():
    """Weighted, penalised, on standardised features."""
    features, labels, weights = rows()
    head = fit_weighted_head(features, labels, 3, weights)
    scaled = (features - features.mean(axis=0)) / features.std(axis=0)
    theirs = LogisticRegression(C=1.0, tol=1e-8, max_iter=2000)
    theirs.fit(scaled, labels, sample_weight=weights * len(weights) / weights.sum())
    assert np.exp(head.log_chances(features)) == pytest.approx(theirs.predict_proba(scaled), abs=2e-3)
    own = np.exp(-row_losses(head, features, labels))
    assert own == pytest.approx(np.exp(head.log_chances(features))[np.arange(120), labels])


def test_weights_of_zero_take_rows_out_and_constants_do_no_harm():
    """Only weighted rows teach; a constant column is ignored."""
    features, labels, _ = rows(1)
    features = np.concatenate([features, np.full((120, 1), 7.0)], axis=1)
    lying = labels.copy()
    lying[60:] = (labels[60:] + 1) % 3
    head = fit_weighted_head(features, lying, 3, np.arange(120) < 60)
    honest = fit_weighted_head(features, labels, 3, np.arange(120) < 60)
    assert (head.answers(features) == honest.answers(features)).all()


def test_it_can_begin_from_another_head():
    """The optimum does not depend on the beginning."""
    features, labels, weights = rows(2)
    start = fit_weighted_head(features, labels, 3, np.ones(120))
    warm = fit_weighted_head(features, labels, 3, weights, start=start)
    cold = fit_weighted_head(features, labels, 3, weights)
    assert warm.log_chances(features) == pytest.approx(cold.log_chances(features), abs=5e-3)
