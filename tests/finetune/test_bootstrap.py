"""Intervals cover what they promise to cover."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.finetune.bootstrap import bootstrap, paired_bootstrap, resample_weights, wilson
from automl_tl.finetune.metrics import metrics


def one_hot(predicted: np.ndarray, n_classes: int = 2) -> np.ndarray:
    return np.eye(n_classes)[predicted]


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_values(right, n, low, high):
    """The four examples of Newcombe 1998, Statistics in Medicine 17, p. 857, table I, method 3."""
    assert (wilson(right, n).low, wilson(right, n).high) == pytest.approx((low, high), abs=5e-5)


@given(n=st.integers(1, 500), data=st.data())
def test_wilson_contains_the_share_and_stays_in_the_unit_interval(n, data):
    right = data.draw(st.integers(0, n))
    interval = wilson(right, n)
    assert 0 <= interval.low <= interval.value == right / n <= interval.high <= 1


@pytest.mark.parametrize(("n", "p"), [(10, 0.9), (20, 0.8), (50, 0.95)])
def test_wilson_covers_where_a_bootstrap_would_not(n, p):
    """Exact coverage, summed over all tables, is near 95 % even for ten rows."""
    covered = sum(
        math.comb(n, right) * p**right * (1 - p) ** (n - right)
        for right in range(n + 1)
        if wilson(right, n).low <= p <= wilson(right, n).high
    )
    assert covered > 0.91


def test_wilson_does_not_shrink_to_a_point_when_all_are_right():
    assert wilson(50, 50).value == wilson(50, 50).high == 1.0
    assert 0.9 < wilson(50, 50).low < 0.95


def test_weights_draw_n_examples_with_replacement():
    weights = np.concatenate(list(resample_weights(7, seed=0)))
    assert weights.shape == (1000, 7)
    assert (weights.sum(axis=1) == 7).all()
    assert weights.mean() == pytest.approx(1.0)
    assert weights.var() == pytest.approx(6 / 7, rel=0.1)


def test_groups_are_drawn_whole():
    groups = ["a", "a", "b", "c", "c"]
    weights = np.concatenate(list(resample_weights(5, seed=0, groups=groups)))
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 3] == weights[:, 4]).all()
    assert (weights[:, [0, 2, 3]].sum(axis=1) == 3).all()


def test_the_interval_of_accuracy_matches_the_normal_approximation():
    labels = np.zeros(400, dtype=np.int64)
    predicted = (np.arange(400) % 4 == 0).astype(int)
    interval = bootstrap(metrics.get("accuracy"), labels, one_hot(predicted), seed=0)
    half = 1.96 * np.sqrt(0.75 * 0.25 / 400)
    assert interval.value == 0.75
    assert interval.low == pytest.approx(0.75 - half, abs=0.01)
    assert interval.high == pytest.approx(0.75 + half, abs=0.01)


def test_a_paired_difference_is_narrower_than_two_intervals_when_errors_are_shared():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 300)
    first = np.where(rng.random(300) < 0.2, 1 - labels, labels)
    second = first.copy()
    second[:10] = 1 - labels[:10]
    accuracy = metrics.get("accuracy")
    paired = paired_bootstrap(accuracy, labels, one_hot(first), one_hot(second), seed=0)
    alone = bootstrap(accuracy, labels, one_hot(first), seed=0)
    assert paired.high - paired.low < (alone.high - alone.low) / 1.5
    assert paired.low < paired.value < paired.high


def test_a_model_compared_with_itself_differs_by_nothing():
    labels = np.array([0, 1, 1])
    interval = paired_bootstrap(metrics.get("log_loss"), labels, one_hot(labels), one_hot(labels), seed=0)
    assert (interval.value, interval.low, interval.high) == (0.0, 0.0, 0.0)


def test_a_metric_that_is_not_defined_has_no_interval():
    labels = np.ones(5, dtype=np.int64)
    interval = bootstrap(metrics.get("auroc"), labels, one_hot(labels), seed=0)
    assert np.isnan([interval.value, interval.low, interval.high]).all()


def test_one_group_alone_has_no_interval():
    """Four hundred images of one hospital say nothing about the next hospital, however many they are."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 60)
    first, second = rng.dirichlet([1, 1], 60), rng.dirichlet([1, 1], 60)
    alone = bootstrap(metrics.get("accuracy"), labels, first, seed=0, groups=["a"] * 60)
    paired = paired_bootstrap(metrics.get("accuracy"), labels, first, second, seed=0, groups=["a"] * 60)
    assert all(np.isnan([each.low, each.high]).all() and np.isfinite(each.value) for each in (alone, paired))
    two = bootstrap(metrics.get("accuracy"), labels, first, seed=0, groups=["a"] * 30 + ["b"] * 30)
    assert two.low < two.high
