"""Baselines are what they are called."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from automl_tl.errors import TrialFailed
from automl_tl.finetune import baselines
from automl_tl.finetune.baselines import best_probe, from_scratch, linear_probe, majority_class
from automl_tl.finetune.ranks import processes
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.rates import SCRATCH_RATE

RECIPE = Recipe("partial_unfreezing", updates=18, batch_size=12, learning_rate=1e-4, layer_decay=0.5)


def test_the_majority_class_is_said_everywhere_with_the_training_shares():
    rows, labels = np.array([5, 9]), np.array([0, 1])
    predictions = majority_class(np.array([1, 1, 0, 1]), rows, labels, 3)
    np.testing.assert_allclose(predictions.probabilities, [[0.25, 0.75, 0.0]] * 2)
    np.testing.assert_array_equal(predictions.labels, labels)


def test_the_best_probe_is_that_of_the_model_whose_embedding_tells_most(workload, model_id):
    nothing = {
        part: {"local:nothing": np.zeros_like(values[model_id]), **values}
        for part in ("train_features", "validation_features")
        for values in (getattr(workload, part),)
    }
    both = dataclasses.replace(
        workload, heads={"local:nothing": workload.heads[model_id], **workload.heads}, **nothing
    )
    assert best_probe(both, seed=0) == model_id


def test_a_probe_that_is_known_to_be_best_is_not_looked_for(workload, model_id, load_tiny, monkeypatch):
    monkeypatch.setattr(baselines, "best_probe", lambda *args, **kwargs: pytest.fail("it was asked for"))
    fitted = linear_probe(workload, seed=0, load_model=load_tiny, model=model_id)
    assert fitted.backbone.card.id == model_id


def test_the_linear_probe_keeps_the_pretrained_weights(workload, load_tiny, tiny_model):
    fitted = linear_probe(workload, seed=0, load_model=load_tiny)
    pretrained = tiny_model.backbone.state_dict()
    assert all((value == pretrained[name]).all() for name, value in fitted.backbone.state_dict().items())
    assert fitted.recipe == Recipe("linear_probe")


def test_from_scratch_starts_at_other_weights_with_a_rate_that_suits_them(
    workload, model_id, load_tiny, tiny_model, unlimited
):
    options = {"model": model_id, "recipe": RECIPE, "remaining": unlimited, "load_model": load_tiny}
    fitted = from_scratch(workload, seed=3, **options)
    assert fitted.recipe.strategy == "from_scratch"
    assert (fitted.recipe.learning_rate, fitted.recipe.layer_decay) == (SCRATCH_RATE, 1.0)
    assert (fitted.recipe.updates, fitted.recipe.batch_size) == (RECIPE.updates, RECIPE.batch_size)
    stem = next(iter(fitted.backbone.parameters()))
    pretrained = next(iter(tiny_model.backbone.parameters()))
    assert float((stem - pretrained).detach().abs().mean()) > 0.01
    again = from_scratch(workload, seed=3, **options)
    np.testing.assert_array_equal(again.head.weight, fitted.head.weight)


def test_two_devices_train_from_scratch_what_one_does(workload, model_id, load_tiny, unlimited, monkeypatch):
    """As they do for the winner that it is compared with; the moving average of a recipe is not used."""
    started, begin = [], processes._start
    monkeypatch.setattr(processes, "_start", lambda *place: started.append(begin(*place)) or started[-1])
    recipe = dataclasses.replace(RECIPE, updates=6, ema_decay=0.9, optimiser="sgd", inverse_regularisation=0.5)
    alone, together = (
        from_scratch(
            dataclasses.replace(workload, devices=devices), model=model_id, recipe=recipe, seed=3,
            remaining=unlimited, load_model=load_tiny,
        )
        for devices in (1, 2)
    )  # fmt: skip
    assert len(started) == 2
    assert together.recipe == alone.recipe
    np.testing.assert_allclose(together.head.weight, alone.head.weight, rtol=1e-3, atol=1e-4)
    theirs = together.backbone.state_dict()
    for name, value in alone.backbone.state_dict().items():
        np.testing.assert_allclose(theirs[name], value, rtol=1e-3, atol=1e-3, err_msg=name)


def test_from_scratch_without_time_fails_in_words(workload, model_id, load_tiny):
    with pytest.raises(TrialFailed, match="time was used up"):
        from_scratch(workload, model=model_id, recipe=RECIPE, seed=0, remaining=lambda: 0.0, load_model=load_tiny)


def test_half_a_run_from_scratch_is_no_baseline(workload, model_id, load_tiny, fake_clock):
    """A network that was not allowed to finish would make any rival look good."""
    with pytest.raises(TrialFailed, match=f"time was used up before the end of {RECIPE.updates} updates"):
        from_scratch(
            workload, model=model_id, recipe=RECIPE, seed=0, remaining=fake_clock(12), load_model=load_tiny
        )


def test_without_time_the_best_probe_is_the_one_that_validation_puts_first(workload, model_id, monkeypatch):
    """Their heads are there; choosing by all rows is a dozen fits for each of them."""
    head = workload.heads[model_id]
    useless = dataclasses.replace(head, weight=-head.weight)
    twice = {
        part: {"local:useless": getattr(workload, part)[model_id], **getattr(workload, part)}
        for part in ("train_features", "validation_features")
    }
    both = dataclasses.replace(workload, heads={"local:useless": useless, **workload.heads}, **twice)
    monkeypatch.setattr(baselines, "choose_probe", lambda *args, **kwargs: pytest.fail("it was fitted"))
    assert best_probe(both, seed=0, remaining=lambda: 0.0) == model_id


def test_the_linear_probe_is_made_although_time_is_over(workload, model_id, load_tiny, monkeypatch):
    monkeypatch.setattr(baselines, "choose_probe", lambda *args, **kwargs: pytest.fail("it was fitted"))
    fitted = linear_probe(workload, seed=0, load_model=load_tiny, remaining=lambda: -1.0)
    unhurried = linear_probe(workload, seed=0, load_model=load_tiny, model=model_id)
    np.testing.assert_array_equal(fitted.head.weight, unhurried.head.weight)
