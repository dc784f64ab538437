"""The Gaussian process: its gradient, its sum of products, and what it leaves out."""

import numpy as np
from scipy.optimize import check_grad

from automl_tl.choice.gaussian import _distances, _objective, _prior, fit_gaussian_process
from automl_tl.choice.table import trial_table
from automl_tl.testing.search_sample import SearchTruth, sample_search


def test_the_gradient_is_that_of_the_posterior():
    """Against finite differences at a random place."""
    table = trial_table(sample_search(SearchTruth(0), 20))
    squares = _distances(table, table.trained, table)
    targets = (table.merits - table.merits.mean()) / table.merits.std()
    prior = _prior(len(squares))
    theta = np.random.default_rng(0).normal(0, 0.5, 2 * len(squares) + 2)
    error = check_grad(
        lambda t: _objective(t, squares, targets, *prior)[0],
        lambda t: _objective(t, squares, targets, *prior)[1],
        theta,
    )
    assert error < 1e-4


def test_the_terms_add_up_to_the_prediction_of_a_full_run():
    """The sum over training points is the process less its mean, missing settings at their column's mean."""
    table = trial_table(sample_search(SearchTruth(1), 25))
    process = fit_gaussian_process(table)
    terms = process.terms(table)
    filled = np.where(table.active[:, :, None], terms.values, terms.absent[None])
    whole = process.mean + np.prod(filled, axis=1) @ terms.weights
    assert np.allclose(whole, process.predict(table, np.ones(25)), atol=1e-12)


def test_a_factor_without_effect_gets_a_long_scale():
    """The largest factor's scale is shorter than the smallest's."""
    truth = SearchTruth(2)
    table = trial_table(sample_search(truth, 60, noise=0.002))
    process = fit_gaussian_process(table)
    scales = dict(
        zip([factor.name for factor in table.factors], process.theta[2 : 2 + len(table.factors)], strict=True)
    )
    ordered = sorted(truth.sizes, key=lambda name: -truth.sizes[name])
    assert scales[ordered[0]] < scales[ordered[-1]]
