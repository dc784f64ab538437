"""A straight run is the run of a trial without the looks on its way."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from automl_tl.finetune import prepared
from automl_tl.finetune.fitted import load
from automl_tl.finetune.ranks import processes, supervisor
from automl_tl.finetune.ranks.messages import Word
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.straight_run import straight_run
from automl_tl.finetune.trial import run_trial

RECIPE = Recipe("full_finetune", updates=9, batch_size=12, learning_rate=2e-3)


@pytest.fixture
def run(workload, model_id, load_tiny, unlimited):
    def make(recipe=RECIPE, updates=9, remaining=unlimited):
        return straight_run(
            workload, model=model_id, recipe=recipe, updates=updates, seed=3, remaining=remaining,
            load_model=load_tiny,
        )  # fmt: skip

    return make


def test_it_ends_where_the_trial_ends(run, workload, model_id, load_tiny, unlimited):
    outcome = run_trial(
        workload, trial="t1", model=model_id, recipe=RECIPE, seed=3, report=lambda point: True,
        remaining=unlimited, load_model=load_tiny,
    )  # fmt: skip
    assert outcome.best.update == 9
    np.testing.assert_array_equal(run().head.weight, load(outcome.checkpoint).head.weight)


def test_the_moving_average_is_the_model_where_there_is_one(run):
    """Its weights are behind those of the same run without one."""
    last, average = run().head.weight, run(dataclasses.replace(RECIPE, ema_decay=0.9)).head.weight
    start = run(updates=0).head.weight
    assert 0 < np.linalg.norm(average - start) < np.linalg.norm(last - start)


def test_no_update_is_the_linear_probe(run, workload, model_id):
    np.testing.assert_array_equal(run(updates=0).head.weight, workload.heads[model_id].weight)


def test_half_a_run_is_none(run, fake_clock):
    assert run(remaining=fake_clock(0)) is None
    assert run(remaining=fake_clock(5)) is None


def test_a_probe_takes_no_time_and_is_always_returned(run, fake_clock, workload, model_id):
    """Who is left with the linear probe at the deadline gets the one of all rows."""
    found = run(updates=0, remaining=fake_clock(0))
    np.testing.assert_array_equal(found.head.weight, workload.heads[model_id].weight)


ON_RANKS = Recipe(
    "partial_unfreezing", updates=20, batch_size=7, learning_rate=0.02, optimiser="sgd", batch_norm="trained",
    mixup=0.4, augment="flip", ema_decay=0.9,
)  # fmt: skip


def test_two_processes_retrain_what_one_does(workload, model_id, load_tiny, unlimited):
    """On a part of rows whose head nobody has solved, as a final model is; the recipe stays the search's."""
    models = []
    for devices in (1, 2):
        models.append(
            straight_run(
                dataclasses.replace(workload, heads={}, devices=devices),
                model=model_id,
                recipe=ON_RANKS,
                updates=9,
                seed=3,
                remaining=unlimited,
                load_model=load_tiny,
            )
        )
    alone, together = models
    assert together.recipe == ON_RANKS
    assert together.notes == alone.notes
    assert together.class_names == alone.class_names
    np.testing.assert_allclose(together.head.weight, alone.head.weight, rtol=1e-3, atol=1e-4)
    theirs = together.backbone.state_dict()
    for name, value in alone.backbone.state_dict().items():
        np.testing.assert_allclose(theirs[name], value, rtol=1e-3, atol=1e-3, err_msg=name)


@pytest.mark.parametrize("left", [-1.0, -math.inf])
def test_ranks_end_when_time_is_up_or_the_job_is_cancelled(workload, model_id, load_tiny, left, monkeypatch):
    """In the middle of the run: no model, and no process that stays."""
    started, answered = [], []
    begin, answer = processes._start, supervisor._Watch._answer
    monkeypatch.setattr(processes, "_start", lambda *place: started.append(begin(*place)) or started[-1])
    monkeypatch.setattr(
        supervisor._Watch, "_answer", lambda watch, *said: answered.append(said[1]) or answer(watch, *said)
    )

    def remaining():
        # Rank 0 asks once when it begins, and then before every update.
        return left if answered.count(Word.REMAINING) > 5 else math.inf

    found = straight_run(
        dataclasses.replace(workload, devices=2), model=model_id, recipe=ON_RANKS, updates=100_000, seed=3,
        remaining=remaining, load_model=load_tiny,
    )  # fmt: skip
    assert found is None
    assert answered.count(Word.REMAINING) > 5
    assert len(started) == 2
    assert not any(rank.alive for rank in started)


def test_time_that_is_over_while_images_are_prepared_ends_the_run(run, tiny_model, monkeypatch):
    """No more than what was begun is prepared."""
    prepared_images = []
    backbone = type(tiny_model.backbone)
    original = backbone.preprocess
    monkeypatch.setattr(prepared, "_CHUNK", 4)
    monkeypatch.setattr(
        backbone, "preprocess", lambda self, some: prepared_images.append(len(some)) or original(self, some)
    )
    left = iter([10.0, 10.0])
    assert run(remaining=lambda: next(left, 0.0)) is None
    assert sum(prepared_images) == 8
