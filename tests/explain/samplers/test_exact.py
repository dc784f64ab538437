"""All coalitions: against brute force and against two other libraries."""

import numpy as np
import pytest
import torch

from automl_tl.explain.samplers.exact import Exact, shapley_of_table


@pytest.mark.parametrize("n_features", [0, 1, 2, 3, 5, 8, 10])
def test_values_are_those_of_the_formula(games, n_features):
    """A game with interactions of every order, up to ten features."""
    value = games.random(n_features, seed=n_features)
    estimate, asked = games.run(Exact(n_features, games.ends(value, n_features)), value)
    assert asked == 2**n_features
    expected = games.brute_force(value, n_features) if n_features else np.zeros((0, 2))
    assert np.allclose(estimate.values, expected.reshape(n_features, 2), atol=1e-12)
    assert np.array_equal(estimate.errors, np.zeros((n_features, 2)))
    assert estimate.stability == 1.0


def test_values_are_those_of_captum(games):
    """captum.attr.ShapleyValues, which walks through all orders."""
    from captum.attr import ShapleyValues

    value = games.random(5, n_outputs=1, seed=3)
    forward = lambda x: torch.from_numpy(value(x.numpy() > 0.5)[:, 0])  # noqa: E731
    theirs = ShapleyValues(forward).attribute(torch.ones(1, 5), baselines=torch.zeros(1, 5))
    ours, _ = games.run(Exact(5, games.ends(value, 5)), value)
    assert np.allclose(ours.values[:, 0], theirs.numpy()[0], atol=1e-6)


def test_values_are_those_of_shap(games):
    """shap.KernelExplainer with every coalition in its sample (its Exact compiles for seconds)."""
    from shap import KernelExplainer

    value = games.random(7, seed=5)
    explainer = KernelExplainer(lambda rows: value(rows > 0.5), np.zeros((1, 7)))
    theirs = explainer.shap_values(np.ones((1, 7)), nsamples=2**7, l1_reg=False, silent=True)[0]
    ours, _ = games.run(Exact(7, games.ends(value, 7)), value)
    assert np.allclose(ours.values, theirs, atol=1e-6)


def test_a_dummy_gets_nothing_and_twins_get_the_same():
    """Two of the axioms: v = x0 and x1, x2 does nothing."""
    numbers = np.arange(8)
    table = ((numbers & 3) == 3).astype(float)[:, None]
    assert np.allclose(shapley_of_table(table, 3)[:, 0], [0.5, 0.5, 0.0])
