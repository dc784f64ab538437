"""Nested cross-validation has no profit from choosing."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from automl_tl.finetune import nested
from automl_tl.finetune.evaluation import Interval
from automl_tl.finetune.nested import NotEstimated, _corrected, nested_probe
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


@pytest.mark.parametrize("looks", [0, 3])
def test_without_time_for_one_repeat_there_is_a_reason_and_no_figure(workload, fake_clock, looks):
    found = nested_probe(workload, seed=0, remaining=fake_clock(looks))
    assert isinstance(found, NotEstimated)
    assert "time set aside for it was used up" in found.reason


def test_groups_stay_together(workload, in_groups, unlimited):
    assert nested_probe(in_groups(workload, 6), seed=0, remaining=unlimited, repeats=1).folds == 5
    found = nested_probe(in_groups(workload, 60), seed=0, remaining=unlimited)
    assert found == NotEstimated("no row could be held out without losing its class or its only group")


def relabelled(workload, task, metric, labels):
    """Return the workload with these labels of all 60 rows."""
    train, validation = (
        dataclasses.replace(part, labels=values)
        for part, values in ((workload.train, labels[:36]), (workload.validation, labels[36:]))
    )
    names = tuple(f"l{place}" for place in range(labels.shape[1] if labels.ndim == 2 else 1))
    return dataclasses.replace(
        workload, task=task, metric=metric, class_names=names, train=train, validation=validation
    )


@pytest.mark.parametrize("metric", ["rmse", "r2"])
def test_numbers_have_an_estimate_in_their_unit(workload, unlimited, metric):
    """Features that tell the number to within 0.1 of a unit; an error has no negative bound."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(7, 2, 60)
    features = np.column_stack([numbers, rng.normal(size=60)]) + 0.1 * rng.normal(size=(60, 2))
    features = {"g:1": features.astype(np.float32)}
    known = with_features(relabelled(workload, "regression", metric, numbers), features)
    found = nested_probe(known, seed=0, remaining=unlimited, repeats=1)
    assert (found.rows, found.folds) == (60, 5)
    assert found.interval.value == pytest.approx({"rmse": 0.1, "r2": 1.0}[metric], abs=0.1)
    assert 0 <= found.interval.low <= found.interval.value <= found.interval.high <= 1


def test_label_sets_have_an_estimate_with_thresholds_chosen_inside(workload, unlimited):
    """Rare labels hardly reach one half: where decisions count, thresholds are tuned as those of a model are."""
    rng = np.random.default_rng(0)
    sets = (rng.random((60, 3)) < (0.3, 0.2, 0.2)).astype(np.int64)
    features = {"g:1": (sets + 0.8 * rng.normal(size=sets.shape)).astype(np.float32)}
    ranked, decided = (
        nested_probe(
            with_features(relabelled(workload, "multilabel", metric, sets), features),
            seed=0,
            remaining=unlimited,
            repeats=1,
        )
        for metric in ("mean_average_precision", "macro_f1")
    )
    assert ranked.interval.value > 0.5
    assert ranked.folds == decided.folds == 5
    halves = _at_one_half(with_features(relabelled(workload, "multilabel", "macro_f1", sets), features))
    assert decided.interval.value > halves


def _at_one_half(workload):
    """Return the macro F1 of the outer folds where a label is decided for at one half."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nested, "choose_thresholds", lambda *args, **kwargs: ((), None))
        return nested_probe(workload, seed=0, remaining=lambda: math.inf, repeats=1).interval.value


def test_a_class_with_one_row_is_not_among_the_rows_held_out(workload, unlimited, labels):
    """It stays in training, so the estimate does not count it."""
    changed = labels.copy()
    changed[0] = 3
    named = dataclasses.replace(
        workload,
        class_names=(*workload.class_names, "lonely"),
        train=dataclasses.replace(workload.train, labels=changed[:36]),
    )
    assert nested_probe(named, seed=0, remaining=unlimited, repeats=1).rows == 59


def test_the_interval_counts_that_folds_share_their_training_rows():
    """Five folds: the variance is 1 / 5 + 1 / 4 of the sample's, not 1 / 5."""
    values = np.array([0.7, 0.8, 0.9, 0.8, 0.8])
    found = _corrected(values, 5, bounds=(0.0, 1.0))
    half = 2.776 * np.sqrt(values.var(ddof=1) * 0.45)
    assert found.value == pytest.approx(0.8)
    assert (found.low, found.high) == pytest.approx((0.8 - half, 0.8 + half), abs=1e-3)
    assert _corrected(np.array([0.9, 1.0, 1.0]), 3, bounds=(0.0, 1.0)).high == 1.0
    assert _corrected(np.array([0.1, 3.0, 0.1]), 3, bounds=(0.0, np.inf)).low == 0.0
    assert _corrected(np.array([0.1, -3.0, 0.1]), 3, bounds=(-np.inf, 1.0)).low < -1.0
    assert np.isnan(_corrected(np.array([0.9]), 5, bounds=(0.0, 1.0)).low)
    assert isinstance(found, Interval)


def test_an_empty_validation_part_is_allowed(workload, unlimited, model_id):
    empty = dataclasses.replace(
        workload,
        validation=LabelledInputs((), workload.validation.labels[:0]),
        validation_features={model_id: workload.validation_features[model_id][:0]},
    )
    assert nested_probe(empty, seed=0, remaining=unlimited, repeats=1).rows == 36
