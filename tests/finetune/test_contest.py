"""The search's choice stands unless rows that had no part in it clearly disagree."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from automl_tl.errors import TrialFailed
from automl_tl.finetune import contest
from automl_tl.finetune.cross_validate import HeldOut
from automl_tl.finetune.final_plan import Run
from automl_tl.finetune.recipe import Recipe


def sure(labels: np.ndarray, right: int) -> np.ndarray:
    """Return probabilities over three classes of which the first ``right`` rows are right."""
    told = np.where(np.arange(len(labels)) < right, labels, (labels + 1) % 3)
    return np.full((len(labels), 3), 0.1, dtype=np.float32) + 0.7 * np.eye(3, dtype=np.float32)[told]


@pytest.fixture
def decide(workload, model_id, load_tiny, unlimited):
    """Return a function (right answers on validation, seconds of the run) -> decision."""

    def make(probe=10, tuned=20, seconds=1.0, remaining=unlimited, workload=workload):
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
        )

    return make


def answered(monkeypatch, probe: int, tuned: int) -> None:
    labels = np.arange(36) % 3
    found = HeldOut(np.arange(36), labels, sure(labels, probe), sure(labels, tuned), 3)
    monkeypatch.setattr(contest, "held_out_answers", lambda *args, **kwargs: found)


def test_luck_on_validation_does_not_survive_cross_validation(decide, monkeypatch):
    answered(monkeypatch, probe=30, tuned=20)
    decision = decide(probe=10, tuned=20)
    assert not decision.kept
    assert (decision.evidence, decision.gains[0].examples) == ("cross-validation", 36)
    assert "below the linear probe" in decision.reason


def test_bad_luck_on_validation_does_not_either(decide, monkeypatch):
    answered(monkeypatch, probe=20, tuned=34)
    assert decide(probe=20, tuned=18).kept


@pytest.mark.parametrize(("probe", "tuned", "kept"), [(10, 12, True), (12, 10, False)])
def test_a_difference_within_the_error_leaves_the_choice_of_the_search(decide, monkeypatch, probe, tuned, kept):
    """Folds train on fewer rows, so a small deficit there is no reason to go back."""
    answered(monkeypatch, probe=30, tuned=29)
    decision = decide(probe=probe, tuned=tuned)
    assert decision.kept is kept
    assert "does not clearly disagree" in decision.reason


def test_without_time_the_choice_of_the_search_stands(decide):
    decision = decide(seconds=100.0, remaining=lambda: 60.0)
    assert decision.kept
    assert decision.evidence == "validation"
    assert "no time for cross-validation" in decision.reason
    assert not decide(probe=21, tuned=20, seconds=100.0, remaining=lambda: 60.0).kept


def test_folds_that_run_out_of_time_leave_it_to_validation(decide, monkeypatch):
    monkeypatch.setattr(contest, "held_out_answers", lambda *args, **kwargs: None)
    assert decide().evidence == "validation"


def test_many_validation_examples_need_no_folds(decide, workload):
    many = dataclasses.replace(
        workload.validation, inputs=workload.validation.inputs * 20, labels=np.tile(workload.validation.labels, 20)
    )
    decision = decide(probe=300, tuned=400, workload=dataclasses.replace(workload, validation=many))
    assert decision.kept
    assert "480 validation examples" in decision.reason


def test_a_recipe_that_fails_in_a_fold_is_not_taken(decide, monkeypatch):
    def broken(*args, **kwargs):
        raise TrialFailed("the loss became NaN")

    monkeypatch.setattr(contest, "held_out_answers", broken)
    decision = decide()
    assert not decision.kept
    assert "the loss became NaN" in decision.reason


def test_the_real_thing_runs_its_folds(decide):
    decision = decide()
    assert decision.evidence == "cross-validation"
    assert decision.gains[0].examples == 36
