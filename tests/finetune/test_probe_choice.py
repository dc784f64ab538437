"""The best linear probe is chosen by every row that can be held out, not by the luck of a few."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from automl_tl.finetune.decision import Gain
from automl_tl.finetune.final_plan import Run
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.probe_choice import choose_probe, plain_probes, probe_decision
from automl_tl.finetune.probe_head import choose_head
from automl_tl.finetune.recipe import Recipe

LUCKY = "local:lucky"


@pytest.fixture
def two(workload, model_id):
    """Return a workload with a model more: noise on the training part, the labels themselves on validation."""
    rng = np.random.default_rng(0)
    train = workload.train_features[model_id]
    noise = rng.normal(size=train.shape).astype(np.float32)
    told = np.zeros((len(workload.validation), train.shape[1]), dtype=np.float32)
    several = dataclasses.replace(
        workload,
        cards={LUCKY: workload.cards[model_id], **workload.cards},
        train_features={LUCKY: noise, **workload.train_features},
        validation_features={LUCKY: told, **workload.validation_features},
    )
    head, _ = choose_head(several, LUCKY, seed=0)
    # Whatever this head learnt from noise, on validation it says what is right.
    told += (np.linalg.pinv(head.weight) @ (9 * np.eye(3)[:, workload.validation.labels])).T.astype(np.float32)
    return dataclasses.replace(several, heads={LUCKY: head, **workload.heads})


def run(model: str) -> Run:
    return Run("", model, Recipe("linear_probe"), 0, 0)


def test_luck_on_validation_does_not_outweigh_the_training_rows(two, model_id, unlimited):
    lucky = two.heads[LUCKY].probabilities(two.validation_features[LUCKY])
    assert (lucky.argmax(axis=1) == two.validation.labels).all()
    choice = choose_probe(two, [run(LUCKY), run(model_id)], seed=0, remaining=unlimited)
    assert [each.model for each in choice.runs] == [model_id, LUCKY]
    assert len(choice.labels) == len(two.train) + len(two.validation)
    shares = [float((each.argmax(axis=1) == choice.labels).mean()) for each in choice.answers]
    assert shares == sorted(shares, reverse=True)


def test_with_much_validation_that_alone_is_asked(two, model_id, unlimited):
    part, count = two.validation, 400
    again = np.arange(count) % len(part)
    many = dataclasses.replace(
        two,
        validation=part.picked(again),
        validation_features={model: values[again] for model, values in two.validation_features.items()},
    )
    choice = choose_probe(many, [run(model_id), run(LUCKY)], seed=0, remaining=unlimited)
    assert len(choice.labels) == count
    assert choice.runs[0].model == LUCKY


def test_without_time_the_first_one_is_the_answer(two, model_id):
    for first, second in ((LUCKY, model_id), (model_id, LUCKY)):
        choice = choose_probe(two, [run(first), run(second)], seed=0, remaining=lambda: 0.0)
        assert choice.runs == (run(first),)
        assert len(choice.labels) == len(two.validation)


def test_the_earlier_of_equal_probes_stays_first(workload, model_id, unlimited):
    first, second = (Run(trial, model_id, Recipe("linear_probe"), 0, 0) for trial in ("t1", "t2"))
    assert choose_probe(workload, [first, second], seed=0, remaining=unlimited).runs == (first, second)


def test_every_model_with_a_head_has_a_plain_probe(two, model_id):
    assert [each.model for each in plain_probes(two, seed=4)] == [LUCKY, model_id]
    assert {
        (each.recipe.inverse_regularisation, each.update, each.seed) for each in plain_probes(two, seed=4)
    } == {(0.0, 0, 4)}


def test_the_decision_says_what_the_change_gains(two, model_id, unlimited):
    choice = choose_probe(two, [run(LUCKY), run(model_id)], seed=0, remaining=unlimited)
    changed = probe_decision(metrics.get("accuracy"), choice, run(LUCKY), seed=0)
    assert (changed.step, changed.kept, changed.evidence) == ("probe", True, "cross-validation")
    assert changed.settings == {"models": 2, "model": model_id}
    (gain,) = changed.gains
    assert isinstance(gain, Gain)
    assert gain.value > 0
    assert gain.examples == 60
    same = probe_decision(metrics.get("accuracy"), choice, run(model_id), seed=0)
    assert not same.kept
    assert same.gains[0].value == 0
    assert not math.isnan(same.gains[0].standard_error)


def test_the_choice_that_tells_whether_there_is_time_is_not_made_again(two, model_id, unlimited, count_calls):
    """With a limit or without, two probes are two choices of C, and the answers are the same."""
    runs, made = [run(LUCKY), run(model_id)], count_calls("automl_tl.finetune.head.choose_regularisation")
    without = choose_probe(two, runs, seed=0, remaining=unlimited)
    assert len(made) == 2
    limited = choose_probe(two, runs, seed=0, remaining=lambda: 1e6)
    assert len(made) == 4
    assert limited.runs == without.runs
    for one, other in zip(limited.answers, without.answers, strict=True):
        np.testing.assert_array_equal(one, other)


def test_without_time_no_value_of_the_penalty_is_tried(two, model_id, count_calls):
    """Only the head that tells how long one takes is fitted, with whatever C."""
    fits = count_calls("automl_tl.finetune.head.LogisticRegression")
    choose_probe(two, [run(LUCKY), run(model_id)], seed=0, remaining=lambda: 0.0)
    assert len(fits) == 1


def test_a_probe_with_a_penalty_of_its_own_has_none_chosen(two, model_id, count_calls):
    made = count_calls("automl_tl.finetune.head.choose_regularisation")
    own = Run("", model_id, Recipe("linear_probe", inverse_regularisation=0.3), 0, 0)
    choice = choose_probe(two, [own], seed=0, remaining=lambda: 1e6)
    assert made == []
    assert choice.runs == (own,)
    assert len(choice.labels) == 60
