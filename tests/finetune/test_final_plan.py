"""A plan says what a model is made of, and carrying it out twice gives the same model."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from automl_tl.finetune.final_plan import FinalPlan, Run, blends, carry_out, probe_of
from automl_tl.finetune.fitted import load
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.soup import average
from automl_tl.finetune.trial import run_trial
from automl_tl.finetune.wise import interpolate

RECIPE = Recipe("full_finetune", updates=9, batch_size=12, learning_rate=2e-3)


@pytest.fixture
def runs(workload, model_id, load_tiny, unlimited):
    """Return two fine-tuned runs and a probe with their checkpoints."""
    found = {}
    for trial, recipe, seed in (("t1", RECIPE, 1), ("t2", RECIPE, 2), ("t3", Recipe("linear_probe"), 0)):
        outcome = run_trial(
            workload, trial=trial, model=model_id, recipe=recipe, seed=seed, report=lambda point: True,
            remaining=unlimited, load_model=load_tiny,
        )  # fmt: skip
        found[Run(trial, model_id, recipe, seed, outcome.best.update)] = load(outcome.checkpoint)
    return found


@pytest.fixture
def make(workload, runs, load_tiny, unlimited):
    """Return a function (plan) -> model."""

    def carry(plan, remaining=unlimited):
        return carry_out(plan, workload, checkpoint=runs.__getitem__, load_model=load_tiny, remaining=remaining)

    return carry


def same(first, second) -> None:
    np.testing.assert_array_equal(first.head.weight, second.head.weight)
    ours, theirs = first.backbone.state_dict(), second.backbone.state_dict()
    assert all((ours[name] == theirs[name]).all() for name in ours)


def test_a_plan_of_one_run_is_its_checkpoint(make, runs):
    for run, checkpoint in runs.items():
        same(make(FinalPlan((run,))), checkpoint)


def test_soup_then_interpolation_then_temperature(make, runs, workload, load_tiny):
    first, second, _ = runs
    model = make(FinalPlan((first, second), share=0.5, temperature=2.0))
    soup = average([runs[first], runs[second]])
    same(model, interpolate(probe_of(workload, first, load_tiny), soup, 0.5))
    assert model.temperature == 2.0
    assert model.notes["soup"] == ["t1", "t2"]
    assert model.notes["share_of_fine_tuned_weights"] == 0.5


def test_members_answer_with_the_mean(make, runs, workload):
    first, _, probe = runs
    inputs = workload.validation.inputs[:4]
    mean = (runs[first].predict_proba(inputs) + runs[probe].predict_proba(inputs)) / 2
    np.testing.assert_allclose(make(FinalPlan((first,), members=(probe,))).predict_proba(inputs), mean, atol=1e-6)


def test_retraining_is_repeatable_and_takes_its_time(make, runs, fake_clock):
    first, _, probe = runs
    plan = FinalPlan((first,), share=0.75, retrained=True, members=(probe,))
    once, again = make(plan), make(plan)
    same(once, again)
    same(once.members[0], again.members[0])
    assert once.notes["trained_on"] == "train + validation"
    assert make(plan, fake_clock(3)) is None


def test_only_weights_that_share_a_head_blend(runs):
    first, _, probe = runs
    assert blends(first)
    assert not blends(probe)
    assert not blends(dataclasses.replace(first, update=0))
    assert not blends(dataclasses.replace(first, recipe=dataclasses.replace(RECIPE, strategy="contrastive")))


@pytest.mark.parametrize(
    ("recipe", "update", "plain"),
    [
        (Recipe("linear_probe"), 0, True),
        (Recipe("linear_probe", feature_layers="head2toe"), 0, False),
        (RECIPE, 0, True),
        (RECIPE, 3, False),
    ],
    ids=["probe", "probe of other layers", "never trained", "trained"],
)
def test_a_run_on_cached_embeddings_is_a_plain_probe(recipe, update, plain):
    assert Run("t1", "local:tiny", recipe, 0, update).plain_probe is plain
