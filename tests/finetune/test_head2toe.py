"""Head2Toe finds the few features that matter among many, for every task, and leaves the rest at zero."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from automl_tl.errors import TrialFailed
from automl_tl.finetune.head2toe import SHARES, head2toe
from automl_tl.finetune.metrics import all_metrics
from automl_tl.finetune.probe_head import choose_head
from automl_tl.finetune.workload import LabelledInputs


@pytest.fixture
def hidden(workload, model_id):
    """Return a workload in which 4 of 604 features tell the classes."""
    rng = np.random.default_rng(0)

    def part(n):
        labels = np.arange(n, dtype=np.int64) % 3
        features = rng.normal(size=(n, 604)).astype(np.float32)
        features[:, 300:303] += 1.6 * np.eye(3)[labels]
        features[:, 303] += labels == 1
        return LabelledInputs(tuple(range(n)), labels), {model_id: features}

    (train, seen), (validation, unseen) = part(90), part(300)
    return dataclasses.replace(
        workload, train=train, validation=validation, train_features=seen, validation_features=unseen, heads={}
    )


def test_few_good_features_beat_all_of_them(hidden, model_id):
    ours = head2toe(hidden, model_id, inverse_regularisation=0.0, seed=0)
    every, _ = choose_head(hidden, model_id, seed=0)
    figures = [
        all_metrics(hidden.validation.labels, head.probabilities(hidden.validation_features[model_id]))
        for head in (ours, every)
    ]
    assert figures[0]["accuracy"] > figures[1]["accuracy"] + 0.05
    kept = np.flatnonzero(np.abs(ours.weight).sum(axis=0))
    assert {300, 301, 302} <= set(kept.tolist())
    assert len(kept) <= SHARES[-2] * 604
    assert ours.weight.shape == (3, 604)


def test_it_is_the_same_for_the_same_seed_and_honours_c(hidden, model_id):
    first, again = (head2toe(hidden, model_id, inverse_regularisation=0.0, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.weight, again.weight)
    strong = head2toe(hidden, model_id, inverse_regularisation=1e-4, seed=3)
    assert np.abs(strong.weight).sum() < np.abs(first.weight).sum()


def test_one_example_per_class_leaves_nothing_to_choose(hidden, model_id):
    rows = np.arange(3)
    few = dataclasses.replace(
        hidden,
        train=LabelledInputs((0, 1, 2), hidden.train.labels[rows]),
        train_features={model_id: hidden.train_features[model_id][rows]},
    )
    assert head2toe(few, model_id, inverse_regularisation=0.0, seed=0).weight.shape == (3, 604)


def test_a_late_clock_ends_the_choice_and_one_in_time_changes_nothing(hidden, model_id):
    """Between two heads, and before anything is ranked."""
    for left in ([], [9.0] * 5):
        clock = iter(left)
        with pytest.raises(TrialFailed, match="before the best features were chosen"):
            head2toe(
                hidden,
                model_id,
                inverse_regularisation=1.0,
                seed=0,
                remaining=lambda clock=clock: next(clock, 0.0),
            )
        assert next(clock, None) is None
    free, timed = (
        head2toe(hidden, model_id, inverse_regularisation=1.0, seed=0, **options)
        for options in ({}, {"remaining": lambda: 1.0})
    )
    np.testing.assert_array_equal(free.weight, timed.weight)


def test_a_choice_of_c_that_time_cut_short_fails_the_trial(hidden, model_id, fake_clock):
    """Nobody could make it again; three rankings, 18 heads and the last ranking are asked for before it."""
    with pytest.raises(TrialFailed, match="used up"):
        head2toe(hidden, model_id, inverse_regularisation=0.0, seed=0, remaining=fake_clock(25))
    head2toe(hidden, model_id, inverse_regularisation=0.1, seed=0, remaining=fake_clock(25))
