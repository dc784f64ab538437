"""Batches cover an epoch once, and class weights balance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.training_data import (
    TrainingData,
    balanced_batches,
    class_weights,
    label_weights,
    recipe_weights,
    sample_batches,
)


@given(st.integers(1, 30), st.integers(2, 12), st.integers(0, 99))
def test_an_epoch_shows_no_example_twice(n, batch_size, seed):
    batches = sample_batches(n, batch_size, seed)
    size = min(batch_size, n)
    epoch = np.concatenate([next(batches) for _ in range(n // size)])
    assert len(set(epoch.tolist())) == len(epoch) == size * (n // size)
    assert len(next(batches)) == size


def test_balanced_weights_make_classes_count_alike_and_keep_the_mean():
    labels = np.array([0] * 8 + [1] * 2)
    weights = class_weights(labels, 3, balanced=True)
    assert weights[0] * 8 == pytest.approx(weights[1] * 2)
    assert weights[labels].mean() == pytest.approx(1.0)
    assert (class_weights(labels, 3, balanced=False) == 1).all()


def test_weights_by_the_root_lie_between_none_and_full_ones():
    labels = np.array([0] * 16 + [1] * 4)
    weights = class_weights(labels, 2, balanced=True, power=0.5)
    assert weights[1] / weights[0] == pytest.approx(2.0)
    assert weights[labels].mean() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("options", "ratio"),
    [
        ({}, 9.0),
        ({"class_weights": "none"}, 1.0),
        ({"class_weights": "sqrt"}, 2.0),
        ({"class_weights": "inverse"}, 4.0),
        ({"class_weights": "inverse", "sampling": "balanced"}, 1.0),
    ],
)
def test_a_recipe_may_overrule_the_weights_of_the_metric(options, ratio):
    labels = np.array([0] * 16 + [1] * 4)
    data = TrainingData(inputs=None, labels=labels, class_weights=np.array([1, 9], dtype=np.float32))
    weights = recipe_weights(data, Recipe("full_finetune", **options))
    assert weights[1] / weights[0] == pytest.approx(ratio)


def sets_with(counts, rows=400):
    """Return label sets int64 (rows, L) in which so many rows have each label."""
    return (np.arange(rows)[:, None] < np.array(counts)).astype(np.int64)


def test_labels_are_weighted_by_their_rows_as_classes_are():
    """Known answer: of 100 and 25 rows, with mean 1; one label a row is a class."""
    full, root = (label_weights(sets_with([100, 25]), 2, balanced=True, power=power) for power in (1.0, 0.5))
    assert full.tolist() == pytest.approx([0.625, 2.5])
    assert root.tolist() == pytest.approx([5 / 6, 5 / 3])
    labels = np.array([0] * 8 + [1] * 2 + [2])
    assert label_weights(np.eye(3, dtype=np.int64)[labels], 3, balanced=True).tolist() == pytest.approx(
        class_weights(labels, 3, balanced=True).tolist()
    )


@pytest.mark.parametrize("counts", [[7] * 10, [3, 3, 3], [0, 0]])
def test_equally_frequent_labels_have_weights_of_exactly_one(counts):
    """So that training on them is what it would be without weights, to the last bit."""
    assert (label_weights(sets_with(counts), len(counts), balanced=True) == 1).all()


def test_a_label_of_two_rows_weighs_ten_at_most():
    """Unbounded it would weigh 90; a label without a row has no weight of its own."""
    weights = label_weights(sets_with([200] * 9 + [2, 0]), 11, balanced=True)
    assert weights[9:].tolist() == [10.0, 1.0]
    assert (weights[:9] < 1).all()


@pytest.mark.parametrize(
    ("options", "ratio"),
    [
        ({}, 9.0),
        ({"sampling": "balanced"}, 9.0),
        ({"class_weights": "none"}, 1.0),
        ({"class_weights": "sqrt"}, 2.0),
        ({"class_weights": "inverse"}, 4.0),
    ],
)
def test_a_recipe_may_weigh_labels_too(options, ratio):
    """Sampling means nothing where a row has several labels."""
    data = TrainingData(inputs=None, labels=sets_with([80, 20]), class_weights=np.array([1, 9], dtype=np.float32))
    weights = recipe_weights(data, Recipe("full_finetune", **options))
    assert weights[1] / weights[0] == pytest.approx(ratio)


def test_numbers_have_no_weights():
    data = TrainingData(inputs=None, labels=np.array([0.5, 2.0]), class_weights=np.ones(1, dtype=np.float32))
    assert recipe_weights(data, Recipe("full_finetune", class_weights="inverse")).tolist() == [1.0]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.integers(2, 16), st.integers(0, 9))
def test_balanced_batches_show_every_class_about_as_often(labels, batch_size, seed):
    labels = np.array(labels, dtype=np.int64)
    batches = balanced_batches(labels, batch_size, seed)
    drawn = labels[np.concatenate([next(batches) for _ in range(10)])]
    counts = np.bincount(drawn, minlength=5)[np.unique(labels)]
    assert counts.max() - counts.min() <= 1


def test_balanced_batches_show_all_of_a_class_before_one_comes_again():
    labels = np.array([0] * 9 + [1] * 3)
    batches = balanced_batches(labels, 6, seed=0)
    drawn = np.concatenate([next(batches) for _ in range(3)])
    assert len(set(drawn[labels[drawn] == 0].tolist())) == 9
