"""Batches cover an epoch once, and class weights balance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.finetune.training_data import class_weights, sample_batches


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
