"""The search's choice stands unless rows that had no part in it clearly disagree."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from automl_tl.errors import TrialFailed
from automl_tl.finetune import contest
from automl_tl.finetune.cross_validate import HeldOut
from automl_tl.finetune.final_plan import Run
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.mixture import mixed
from automl_tl.finetune.recipe import Recipe


def sure(labels: np.ndarray, right: int) -> np.ndarray:
    """Return probabilities over three classes of which the first ``right`` rows are right."""
    told = np.where(np.arange(len(labels)) < right, labels, (labels + 1) % 3)
    return np.full((len(labels), 3), 0.1, dtype=np.float32) + 0.7 * np.eye(3, dtype=np.float32)[told]


def hesitant(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return probabilities over three classes: 0.6 for the first class named and 0.4 for the second."""
    return 0.6 * np.eye(3)[first] + 0.4 * np.eye(3)[second]


@pytest.fixture
def decide(workload, model_id, load_tiny, unlimited):
    """Return a function (right answers on validation, seconds of the run) -> verdict."""

    def make(probe=10, tuned=20, seconds=1.0, remaining=unlimited, workload=workload, **options):
        labels = workload.validation.labels
        return contest.against_probe(
            workload,
            Run("t2", model_id, Recipe("full_finetune", updates=6), 1, 6),
            Run("t1", model_id, Recipe("linear_probe"), 0, 0),
            answers=(sure(labels, probe), sure(labels, tuned)),
            run_seconds=seconds,
            seed=0,
            remaining=remaining,
            load_model=load_tiny,
            **options,
        )

    return make


def answered(monkeypatch, probe: int, tuned: int) -> None:
    labels = np.arange(36) % 3
    found = HeldOut(np.arange(36), labels, sure(labels, probe), sure(labels, tuned), 3)
    monkeypatch.setattr(contest, "held_out_answers", lambda *args, **kwargs: found)


def test_luck_on_validation_does_not_survive_cross_validation(decide, monkeypatch):
    answered(monkeypatch, probe=30, tuned=20)
    verdict = decide(probe=10, tuned=20)
    assert verdict.part == 0
    assert verdict.mixture is None
    decision = verdict.fine_tuning
    assert not decision.kept
    assert (decision.evidence, decision.gains[0].examples) == ("cross-validation", 36)
    assert "the linear probe alone loses least" in decision.reason


def test_bad_luck_on_validation_does_not_either(decide, monkeypatch):
    answered(monkeypatch, probe=20, tuned=34)
    verdict = decide(probe=20, tuned=18)
    assert verdict.part > 0
    assert "a mean of both loses less" in verdict.fine_tuning.reason
    alone = decide(probe=18, tuned=18, mixing=False)
    assert alone.part == 1
    assert "above the linear probe by more than the standard error" in alone.fine_tuning.reason


def test_where_validation_prefers_the_probe_a_small_gain_is_enough_for_a_mean_only(decide, monkeypatch):
    answered(monkeypatch, probe=29, tuned=30)
    assert decide(probe=12, tuned=12, mixing=False).part == 0
    assert decide(probe=10, tuned=12, mixing=False).part == 1
    assert 0 < decide(probe=12, tuned=12).part < 1


def test_no_answer_that_validation_puts_below_the_probe_is_chosen_whatever_the_folds_say(decide, monkeypatch):
    """The folds call for the run alone; on validation one that is sure of its errors drags down most means."""
    answered(monkeypatch, probe=20, tuned=36)
    labels = np.arange(24) % 3
    probe, tuned = sure(labels, 18), sure(labels, 12)
    verdict = decide(probe=18, tuned=12)
    assert 0 < verdict.part < 1
    assert (mixed(probe, tuned, verdict.part).argmax(axis=1) == labels).sum() >= 18
    assert "means that validation puts below the probe were left out" in verdict.mixture.reason
    alone = decide(probe=18, tuned=12, mixing=False)
    assert alone.part == 0
    assert "no answer with the run in it" in alone.fine_tuning.reason
    assert alone.evidence.source == "validation"


def overconfident(labels: np.ndarray, right: int, sure: float) -> np.ndarray:
    """Return probabilities over three classes, the first rows right and all this sure."""
    told = np.where(np.arange(len(labels)) < right, labels, (labels + 1) % 3)
    return np.full((len(labels), 3), (1 - sure) / 2) + (sure - (1 - sure) / 2) * np.eye(3)[told]


@pytest.mark.parametrize("name", ["log_loss", "brier"])
def test_by_a_metric_of_probabilities_an_accurate_run_is_not_left_out_for_being_too_sure(
    workload, model_id, load_tiny, unlimited, monkeypatch, name
):
    """Of 24 rows it is right on 21 and sure of all; the probe is right on 12 and hesitant, as it should be."""
    rows = np.arange(36) % 3
    found = HeldOut(np.arange(36), rows, overconfident(rows, 18, 0.5), overconfident(rows, 31, 1 - 1e-6), 3)
    monkeypatch.setattr(contest, "held_out_answers", lambda *args, **kwargs: found)
    labels = workload.validation.labels
    answers = overconfident(labels, 12, 0.5), overconfident(labels, 21, 1 - 1e-6)
    if name == "log_loss":
        loss = metrics.get(name)
        assert loss.value(labels, answers[1]) > loss.value(labels, answers[0])
    verdict = contest.against_probe(
        dataclasses.replace(workload, metric=name),
        Run("t2", model_id, Recipe("full_finetune", updates=6), 1, 6),
        Run("t1", model_id, Recipe("linear_probe"), 0, 0),
        answers=answers, run_seconds=1.0, seed=0, remaining=unlimited, load_model=load_tiny, mixing=False,
    )  # fmt: skip
    assert verdict.part == 1
    assert verdict.fine_tuning.kept
    assert verdict.fine_tuning.reason.startswith("validation puts it first")
    assert "calibrated" in verdict.fine_tuning.reason


def test_models_that_err_on_different_rows_answer_together(decide, monkeypatch):
    """Each is wrong on a third of the rows; the mean is right on more and sure of less."""
    labels = np.arange(36) % 3
    wrong = np.arange(36) // 12
    probe, tuned = (
        np.where((wrong == third)[:, None], hesitant((labels + 1) % 3, labels), hesitant(labels, (labels + 1) % 3))
        for third in (0, 1)
    )
    found = HeldOut(np.arange(36), labels, probe, tuned, 3, 7.0)
    monkeypatch.setattr(contest, "held_out_answers", lambda *args, **kwargs: found)
    verdict = decide(probe=10, tuned=12)
    assert verdict.part == 0.5
    assert verdict.fold_seconds == 7
    assert verdict.mixture.kept
    assert verdict.mixture.settings == {"folds": 3, "part": 0.5}
    assert verdict.mixture.gains[-1].value > 0
    alone = decide(probe=10, tuned=12, mixing=False)
    assert alone.part in (0, 1)
    assert alone.mixture is None


def test_one_that_is_right_everywhere_answers_alone(decide, monkeypatch):
    answered(monkeypatch, probe=12, tuned=36)
    verdict = decide()
    assert verdict.part == 1
    assert not verdict.mixture.kept
    assert "alone" in verdict.mixture.reason


def test_without_time_the_choice_of_the_search_stands(decide):
    verdict = decide(seconds=100.0, remaining=lambda: 60.0)
    assert verdict.part > 0
    assert verdict.fine_tuning.evidence == "validation"
    assert "no time for cross-validation" in verdict.fine_tuning.reason
    assert decide(probe=21, tuned=20, seconds=100.0, remaining=lambda: 60.0).part == 0


def test_folds_that_run_out_of_time_leave_it_to_validation(decide, monkeypatch):
    monkeypatch.setattr(contest, "held_out_answers", lambda *args, **kwargs: None)
    assert decide().fine_tuning.evidence == "validation"


def test_where_nothing_can_be_held_out_nobody_speaks_of_time(decide, workload, in_groups):
    """One patient, or one row of each class: all the time of the world would not help."""
    one_patient = in_groups(workload, 60)
    rows = np.arange(3)
    features = {model: values[rows] for model, values in workload.train_features.items()}
    one_each = dataclasses.replace(workload, train=workload.train.picked(rows), train_features=features)
    for alone in (one_patient, one_each):
        decision = decide(workload=alone).fine_tuning
        assert decision.reason.endswith("no row could be held out without losing its class or its only group")
        assert "time" not in decision.reason


def test_many_validation_examples_need_no_folds(decide, workload):
    many = dataclasses.replace(
        workload.validation, inputs=workload.validation.inputs * 20, labels=np.tile(workload.validation.labels, 20)
    )
    verdict = decide(probe=300, tuned=400, workload=dataclasses.replace(workload, validation=many))
    assert verdict.part > 0
    assert "480 validation examples" in verdict.fine_tuning.reason


def test_a_recipe_that_fails_in_a_fold_is_not_taken(decide, monkeypatch):
    def broken(*args, **kwargs):
        raise TrialFailed("the loss became NaN")

    monkeypatch.setattr(contest, "held_out_answers", broken)
    verdict = decide()
    assert verdict.part == 0
    assert "the loss became NaN" in verdict.fine_tuning.reason


def test_the_real_thing_runs_its_folds(decide):
    verdict = decide()
    assert verdict.fine_tuning.evidence == "cross-validation"
    assert verdict.fine_tuning.gains[0].examples == 36
    assert verdict.evidence.folds == 3
    assert verdict.fold_seconds > 0


@pytest.mark.parametrize(("left", "tried"), [(23.0, False), (25.0, True)])
def test_folds_are_begun_only_if_one_and_the_retraining_fit_with_a_margin(decide, monkeypatch, left, tried):
    """A run of ten seconds: each takes twelve where the machine has become slower."""
    asked = []

    def held_out(*args, expected, after, **kwargs):
        asked.append((expected, after))

    monkeypatch.setattr(contest, "held_out_answers", held_out)
    decide(seconds=10.0, remaining=lambda: left)
    assert asked == ([(contest.RETRAINING * 10.0, contest.RETRAINING)] if tried else [])
