"""Refitting uses the validation examples too, and never returns something worse than the checkpoint."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch

from automl_tl.errors import TrialFailed
from automl_tl.finetune import refit as module
from automl_tl.finetune.final_plan import FinalPlan, Run, carry_out
from automl_tl.finetune.fine_tuning import updates_per_look
from automl_tl.finetune.fitted import FittedModel, load
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.refit import checking_seconds, refit
from automl_tl.finetune.trial import run_trial

TRAINED = ("full_finetune", "gradual_unfreezing", "lora", "contrastive")
FULL = Recipe("full_finetune", updates=18, batch_size=12, learning_rate=3e-3)


@pytest.fixture
def winner(workload, model_id, load_tiny, unlimited):
    """Return a function (recipe) -> the run of a trial and its checkpoint."""

    def run(recipe):
        outcome = run_trial(
            workload,
            trial="t0001",
            model=model_id,
            recipe=recipe,
            seed=0,
            report=lambda point: True,
            remaining=unlimited,
            load_model=load_tiny,
        )
        return Run("t0001", model_id, recipe, 0, outcome.best.update), load(outcome.checkpoint)

    return run


@pytest.fixture
def refitted(workload, load_tiny, unlimited):
    """Return a function (run, checkpoint) -> fitted model, plan and decision."""

    def again(run, checkpoint, remaining=unlimited):
        return refit(
            workload,
            FinalPlan((run,)),
            checkpoint,
            checkpoint=lambda run: checkpoint,
            load_model=load_tiny,
            remaining=remaining,
        )

    return again


@pytest.mark.parametrize(
    "recipe",
    [Recipe("linear_probe"), *(dataclasses.replace(FULL, strategy=name, learning_rate=1e-3) for name in TRAINED)],
    ids=["linear_probe", *TRAINED],
)
def test_the_model_is_trained_again_on_both_parts(winner, refitted, recipe):
    run, checkpoint = winner(recipe)
    fitted, plan, decision = refitted(run, checkpoint)
    assert fitted.notes["trained_on"] == "train + validation"
    assert plan.retrained
    assert decision.kept
    assert not np.array_equal(fitted.head.weight, checkpoint.head.weight)
    assert fitted.notes["update"] == run.update


def test_without_time_the_checkpoint_is_returned(winner, refitted, fake_clock):
    run, checkpoint = winner(FULL)
    for seconds in (0, 6):
        fitted, plan, decision = refitted(run, checkpoint, remaining=fake_clock(seconds))
        assert fitted is checkpoint
        assert not plan.retrained
        assert "time" in decision.reason


def test_a_run_short_of_time_hurries_and_can_be_repeated(winner, workload, refitted, load_tiny, fake_clock):
    """A machine that has become slower costs some updates, not the rows that only retraining may learn from."""
    run, checkpoint = winner(dataclasses.replace(FULL, updates=40))
    seconds = 0.8 * run.update + updates_per_look(workload, run.recipe)
    fitted, plan, decision = refitted(run, checkpoint, remaining=fake_clock(seconds))
    assert decision.kept
    assert plan.retrained
    assert run.update / 3 <= decision.settings["updates"] < run.update
    assert f"{decision.settings['updates']} instead of {run.update} updates" in decision.reason
    assert fitted.notes["updates_of_retraining"] == decision.settings["updates"]
    again = carry_out(
        plan, workload, checkpoint=lambda run: checkpoint, load_model=load_tiny, remaining=lambda: math.inf
    )
    for name, value in fitted.backbone.state_dict().items():
        assert torch.equal(again.backbone.state_dict()[name], value)
    np.testing.assert_array_equal(again.head.weight, fitted.head.weight)
    whole = refitted(run, checkpoint)[0]
    assert not np.array_equal(whole.head.weight, fitted.head.weight)


def test_the_probe_beside_a_run_learns_from_all_rows_even_if_the_run_cannot(
    winner, workload, load_tiny, monkeypatch
):
    """Fitting a head takes no time, and a probe of three quarters of the rows is a weaker one."""
    run, checkpoint = winner(FULL)
    beside, probe = winner(Recipe("linear_probe"))
    plan = FinalPlan((run,), members=(beside,), parts=(0.5, 0.5), temperature=1.5)
    models = {run: checkpoint, beside: probe}
    before = dataclasses.replace(checkpoint, members=(probe,), parts=plan.parts, temperature=1.5)
    options = {"checkpoint": models.__getitem__, "load_model": load_tiny}
    fitted, made, decision = refit(workload, plan, before, remaining=lambda: 0.0, **options)
    assert made == dataclasses.replace(plan, probes_retrained=True)
    assert not decision.kept
    assert "the linear probe beside it learnt from the validation examples" in decision.reason
    np.testing.assert_array_equal(fitted.head.weight, checkpoint.head.weight)
    assert (fitted.parts, fitted.temperature) == ((0.5, 0.5), 1.5)
    everything = refit(workload, FinalPlan((beside,)), probe, remaining=lambda: 0.0, **options)[0]
    np.testing.assert_array_equal(fitted.members[0].head.weight, everything.head.weight)
    assert not np.array_equal(fitted.members[0].head.weight, probe.head.weight)
    monkeypatch.setattr(module, "carry_out", lambda *args, **kwargs: None)
    assert refit(workload, plan, before, remaining=lambda: 0.0, **options)[0] is before


def test_a_retrained_model_that_went_wrong_is_not_returned(winner, refitted, monkeypatch):
    run, checkpoint = winner(FULL)
    figures = iter([{"accuracy": 1.0}, {"accuracy": 0.9}])
    monkeypatch.setattr(module, "all_metrics", lambda *args: next(figures))
    fitted, _, decision = refitted(run, checkpoint)
    assert fitted is checkpoint
    assert "accuracy is 0.9 after 1" in decision.reason


def test_the_mean_of_two_valleys_is_not_returned(winner, refitted, monkeypatch):
    """It has forgotten training rows that both runs know, whatever it says of validation."""
    run, checkpoint = winner(FULL)
    forgetful = dataclasses.replace(
        checkpoint,
        head=dataclasses.replace(checkpoint.head, weight=-checkpoint.head.weight, bias=-checkpoint.head.bias),
    )
    monkeypatch.setattr(module, "carry_out", lambda *args, **kwargs: forgetful)
    monkeypatch.setattr(module, "_worse_on_validation", lambda *args: "")
    fitted, plan, decision = refitted(run, checkpoint)
    assert fitted is checkpoint
    assert not plan.retrained
    assert "do not lie in one valley" in decision.reason


def test_training_that_fails_leaves_the_checkpoint(winner, refitted, monkeypatch):
    def broken(*args, **kwargs):
        raise TrialFailed("the loss became NaN")

    run, checkpoint = winner(FULL)
    monkeypatch.setattr(module, "carry_out", broken)
    fitted, _, decision = refitted(run, checkpoint)
    assert fitted is checkpoint
    assert decision.reason == "it failed: the loss became NaN"


def test_a_fine_tuned_winner_is_the_mean_of_both_runs(winner, refitted):
    run, checkpoint = winner(FULL)
    assert run.fine_tuned
    assert "checkpoint" in refitted(run, checkpoint)[0].notes["averaged_with"]
    assert "averaged_with" not in refitted(*winner(Recipe("linear_probe")))[0].notes


def test_time_for_the_checks_is_kept_back_from_training(winner, workload, load_tiny, monkeypatch):
    """Two looks at 24 validation rows by each of two models, and three models on all 36 training rows."""
    run, checkpoint = winner(FULL)
    left = []

    def watched(*args, remaining, **kwargs):
        left.append(remaining())

    monkeypatch.setattr(module, "repeat", watched)
    for row_seconds in (0.0, 2.0):
        refit(
            workload, FinalPlan((run,)), checkpoint, checkpoint=lambda run: checkpoint, load_model=load_tiny,
            remaining=lambda: 1000.0, row_seconds=row_seconds,
        )  # fmt: skip
    assert left == [1000.0, 1000.0 - 2.0 * (2 * 24 + 3 * 36)]


def test_what_does_not_blend_is_not_checked_on_training_rows(workload, model_id):
    """A solved head fits no other backbone, so that there is no mean of two runs."""
    solved = Run("t1", model_id, dataclasses.replace(FULL, strategy="contrastive"), 0, 18)
    assert checking_seconds(workload, solved, 2.0) == 2.0 * 2 * 24


def test_a_linear_probe_is_checked_without_a_forward_pass(winner, refitted, monkeypatch):
    """Its embeddings are cached; at the deadline there is no time for more."""
    run, checkpoint = winner(Recipe("linear_probe"))
    monkeypatch.setattr(FittedModel, "answers", lambda *args: pytest.fail("validation was embedded again"))
    fitted, _, decision = refitted(run, checkpoint, remaining=lambda: -1.0)
    assert decision.kept
    head = checkpoint.head
    perfect = dataclasses.replace(checkpoint, head=dataclasses.replace(head, weight=100 * head.weight))
    monkeypatch.setattr(module, "carry_out", lambda *args, **kwargs: spoilt(fitted))
    kept, _, decision = refitted(run, perfect, remaining=lambda: -1.0)
    assert kept is perfect
    assert "although these examples have now been seen" in decision.reason


def spoilt(model):
    return dataclasses.replace(model, head=dataclasses.replace(model.head, weight=-model.head.weight))
