"""Nested cross-validation has no profit from choosing."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from automl_tl.finetune.evaluation import Interval
from automl_tl.finetune.nested import _corrected, nested_probe
from automl_tl.finetune.workload import LabelledInputs


def with_features(workload, features):
    """Return the workload with these features (N, D) by model, the first 36 rows for training."""
    return dataclasses.replace(
        workload,
        cards={model: next(iter(workload.cards.values())) for model in features},
        train_features={model: values[:36] for model, values in features.items()},
        validation_features={model: values[36:] for model, values in features.items()},
        heads={},
    )


@pytest.fixture
def labels(workload):
    return np.concatenate([workload.train.labels, workload.validation.labels])


def test_pure_noise_is_no_better_than_guessing_however_many_models_are_chosen_from(workload, labels, unlimited):
    rng = np.random.default_rng(0)
    noise = {f"noise:{number}": rng.normal(size=(60, 8)).astype(np.float32) for number in range(4)}
    found = nested_probe(with_features(workload, noise), seed=0, remaining=unlimited, repeats=2)
    assert found.interval.value < 0.5
    assert found.interval.low < 1 / 3 < found.interval.high
    assert sum(found.chosen.values()) == found.folds * found.repeats


def test_a_model_that_tells_the_classes_apart_is_chosen_and_right(workload, labels, unlimited):
    rng = np.random.default_rng(0)
    good = np.eye(3, dtype=np.float32)[labels] * 5 + rng.normal(size=(60, 3)).astype(np.float32)
    noise = rng.normal(size=(60, 3)).astype(np.float32)
    found = nested_probe(
        with_features(workload, {"n:1": noise, "g:1": good}), seed=0, remaining=unlimited, repeats=1
    )
    assert found.interval.value > 0.9
    assert found.chosen == {"g:1": 5}
    assert (found.rows, found.folds, found.repeats) == (60, 5, 1)


def test_the_same_seed_gives_the_same_figure(workload, unlimited):
    first, second = (nested_probe(workload, seed=3, remaining=unlimited, repeats=1) for _ in range(2))
    assert first == second


def test_without_time_for_one_repeat_there_is_no_figure(workload, fake_clock):
    assert nested_probe(workload, seed=0, remaining=fake_clock(3)) is None


def test_groups_stay_together(workload, in_groups, unlimited):
    assert nested_probe(in_groups(workload, 6), seed=0, remaining=unlimited, repeats=1).folds == 5
    assert nested_probe(in_groups(workload, 60), seed=0, remaining=unlimited) is None


def test_the_interval_counts_that_folds_share_their_training_rows():
    """Five folds: the variance is 1 / 5 + 1 / 4 of the sample's, not 1 / 5."""
    values = np.array([0.7, 0.8, 0.9, 0.8, 0.8])
    found = _corrected(values, 5, bounded=True)
    half = 2.776 * np.sqrt(values.var(ddof=1) * 0.45)
    assert found.value == pytest.approx(0.8)
    assert (found.low, found.high) == pytest.approx((0.8 - half, 0.8 + half), abs=1e-3)
    assert _corrected(np.array([0.9, 1.0, 1.0]), 3, bounded=True).high == 1.0
    assert np.isnan(_corrected(np.array([0.9]), 5, bounded=True).low)
    assert isinstance(found, Interval)


def test_an_empty_validation_part_is_allowed(workload, unlimited, model_id):
    empty = dataclasses.replace(
        workload,
        validation=LabelledInputs((), workload.validation.labels[:0]),
        validation_features={model_id: workload.validation_features[model_id][:0]},
    )
    assert nested_probe(empty, seed=0, remaining=unlimited, repeats=1).rows == 36
