"""Measures of numbers agree with scikit-learn and SciPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as reference

from automl_tl.finetune.measures import numbers
from automl_tl.finetune.metrics import all_metrics, metrics, metrics_of


def sample(n, seed, decimals):
    rng = np.random.default_rng(seed)
    true = np.round(rng.normal(5, 2, n), decimals)
    true[:2] = 0.0, 9.0
    predicted = np.round(true + rng.normal(0, 2, n), decimals)
    predicted[:2] = 0.0, 9.5
    return true, predicted[:, None]


@settings(max_examples=30, deadline=None)
@given(st.integers(5, 40), st.integers(0, 10_000), st.sampled_from([0, 4]))
def test_values_equal_the_references(n, seed, decimals):
    true, predicted = sample(n, seed, decimals)
    assert all_metrics(true, predicted) == pytest.approx(
        {
            "mae": reference.mean_absolute_error(true, predicted),
            "rmse": reference.root_mean_squared_error(true, predicted),
            "r2": reference.r2_score(true, predicted),
            "spearman": stats.spearmanr(true, predicted[:, 0]).statistic,
        },
        abs=1e-9,
    )


@given(st.integers(0, 1000))
def test_a_weight_of_k_means_the_example_k_times(seed):
    true, predicted = sample(20, seed, 0)
    counts = np.random.default_rng(seed).integers(0, 3, 20)
    counts[:2] = 1
    repeated = np.repeat(np.arange(20), counts)
    for name in metrics_of("regression"):
        weighted = metrics.get(name).weighted(true, predicted, counts[None].astype(float))[0]
        assert weighted == pytest.approx(metrics.get(name).value(true[repeated], predicted[repeated]))


def test_a_constant_prediction_orders_nothing():
    """Its rank correlation counts as 0; that of constant truth is not defined."""
    ones = np.ones((1, 3))
    assert numbers.spearman(np.array([1.0, 2.0, 3.0]), np.full((3, 1), 7.0), ones)[0] == 0
    assert np.isnan(numbers.spearman(np.ones(3), np.arange(3.0)[:, None], ones)[0])
