"""Refitting uses the validation examples too, and never returns something worse than the checkpoint."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from automl_tl.finetune.fitted import load
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.refit import refit
from automl_tl.finetune.trial import run_trial

TRAINED = ("full_finetune", "gradual_unfreezing", "lora", "contrastive")
FULL = Recipe("full_finetune", updates=18, batch_size=12, learning_rate=3e-3)


@pytest.fixture
def winner(workload, model_id, load_tiny, unlimited):
    """Return a function (recipe) -> outcome of a trial."""

    def run(recipe):
        return run_trial(
            workload,
            trial="t0001",
            model=model_id,
            recipe=recipe,
            seed=0,
            report=lambda point: True,
            remaining=unlimited,
            load_model=load_tiny,
        )

    return run


@pytest.fixture
def refitted(workload, model_id, load_tiny, unlimited):
    """Return a function (outcome, recipe) -> fitted model."""

    def run(outcome, recipe, remaining=unlimited):
        return refit(
            workload,
            outcome,
            model=model_id,
            recipe=recipe,
            seed=0,
            remaining=remaining,
            load_model=load_tiny,
        )

    return run


@pytest.mark.parametrize(
    "recipe",
    [Recipe("linear_probe"), *(dataclasses.replace(FULL, strategy=name, learning_rate=1e-3) for name in TRAINED)],
    ids=["linear_probe", *TRAINED],
)
def test_the_model_is_trained_again_on_both_parts(winner, refitted, recipe):
    outcome = winner(recipe)
    fitted = refitted(outcome, recipe)
    assert fitted.notes["trained_on"] == "train + validation"
    assert not np.array_equal(fitted.head.weight, load(outcome.checkpoint).head.weight)
    assert fitted.notes["update"] == outcome.best.update


def test_without_time_the_checkpoint_is_returned(winner, refitted, fake_clock):
    outcome = winner(FULL)
    for seconds in (0, 6):
        fitted = refitted(outcome, FULL, remaining=fake_clock(seconds))
        np.testing.assert_array_equal(fitted.head.weight, load(outcome.checkpoint).head.weight)


def test_a_retrained_model_that_went_wrong_is_not_returned(winner, refitted, workload):
    outcome = winner(FULL)
    perfect = dataclasses.replace(outcome.best, metrics={**outcome.best.metrics, "accuracy": 1.1})
    fitted = refitted(dataclasses.replace(outcome, best=perfect), FULL)
    assert "trained_on" not in fitted.notes


def test_a_fine_tuned_winner_is_the_mean_of_both_runs(winner, refitted):
    outcome = winner(FULL)
    assert outcome.best.update > 0
    assert "checkpoint" in refitted(outcome, FULL).notes["averaged_with"]
    assert "averaged_with" not in refitted(winner(Recipe("linear_probe")), Recipe("linear_probe")).notes
