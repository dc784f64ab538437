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
