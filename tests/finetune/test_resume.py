"""A run that is paused and goes on ends with the same bits as one that was never paused."""

from __future__ import annotations

import dataclasses
import shutil

import pytest
import torch

from automl_tl.errors import DataCorrupted, FailedPrecondition, NotFound
from automl_tl.finetune.fitted import load
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.resume import resumable
from automl_tl.finetune.strategies.base import strategies
from automl_tl.finetune.training_state import state_file
from automl_tl.finetune.trial import run_trial

RECIPE = Recipe("full_finetune", updates=18, batch_size=12, learning_rate=3e-3, augment="flip")


@pytest.fixture
def run(workload, model_id, load_tiny, unlimited):
    """Return a function that runs a trial; keyword arguments replace the defaults."""

    def call(trial, recipe=RECIPE, **options):
        defaults = {"seed": 3, "report": lambda point: True, "remaining": unlimited}
        return run_trial(
            workload, trial=trial, model=model_id, recipe=recipe, load_model=load_tiny, **{**defaults, **options}
        )

    return call


@pytest.fixture
def state(workload):
    return lambda trial: state_file(workload.checkpoint_root, trial)


def timeless(curve):
    return [dataclasses.replace(point, seconds=0.0, looks=0.0) for point in curve]


def weights(outcome):
    return (outcome.checkpoint / "model.safetensors").read_bytes()


@pytest.mark.parametrize("name", [name for name in strategies if strategies.get(name).trains_by_gradient])
def test_with_every_strategy_a_third_and_the_rest_are_one_run(run, state, name):
    recipe = dataclasses.replace(RECIPE, strategy=name)
    whole = run("whole", recipe)
    part = run("part", recipe, until=1 / 3)
    assert part.stopped == "scheduler"
    assert part.curve[-1].fraction == pytest.approx(1 / 3)
    rest = run("rest", recipe, resume_from=state("part"))
    assert rest.stopped == ""
    assert timeless(rest.curve) == timeless(whole.curve)
    assert rest.best.update == whole.best.update
    assert weights(rest) == weights(whole)


def test_every_pause_can_be_the_last_of_a_process(run, state):
    whole = run("whole")
    run("t", until=1 / 9)
    run("t", until=1 / 3, resume_from=state("t"))
    run("t", until=2 / 3, resume_from=state("t"))
    outcome = run("t", resume_from=state("t"))
    assert timeless(outcome.curve) == timeless(whole.curve)
    assert weights(outcome) == weights(whole)
    assert not state("t").exists()


def test_a_share_that_is_no_rung_can_be_a_pause_too(run, state):
    run("part", until=0.5)
    whole, rest = run("whole"), run("rest", resume_from=state("part"))
    assert [point.update for point in rest.curve] == [0, 2, 6, 9, 12, 18]
    assert rest.curve[-1].train_loss == whole.curve[-1].train_loss


def test_only_new_points_are_reported_and_seconds_go_on(run, state):
    part = run("part", until=1 / 3)
    reported = []
    rest = run("rest", resume_from=state("part"), report=lambda point: reported.append(point) or True)
    assert [point.update for point in reported] == [12, 18]
    assert rest.curve[: len(part.curve)] == part.curve
    assert rest.seconds > part.curve[-1].seconds
    assert list(rest.curve) == sorted(rest.curve, key=lambda point: point.seconds)


def test_a_killed_run_goes_on_from_its_last_rung(run, state):
    class Killed(Exception):
        pass

    def die(point):
        if point.update == 12:
            raise Killed

    with pytest.raises(Killed):
        run("t", report=lambda point: die(point) or True)
    assert timeless(run("t", resume_from=state("t")).curve) == timeless(run("whole").curve)


def test_a_kept_point_before_the_pause_stays_the_checkpoint_of_whoever_goes_on(run, state, monkeypatch):
    monkeypatch.setattr("automl_tl.finetune.choice.Choice.offer", lambda self, point: False)
    run("part", until=1 / 3)
    outcome = run("rest", resume_from=state("part"))
    assert outcome.best.update == 0
    assert load(outcome.checkpoint).notes["update"] == 0


def test_a_full_run_leaves_no_state_and_a_stopped_one_does(run, state):
    run("full")
    run("stopped", report=lambda point: point.update < 6)
    assert not state("full").exists()
    assert state("stopped").is_file()


@pytest.mark.parametrize("change", [{"seed": 4}, {"recipe": dataclasses.replace(RECIPE, learning_rate=1e-3)}])
def test_a_state_of_another_trial_is_refused(run, state, change):
    run("part", until=1 / 3)
    with pytest.raises(FailedPrecondition, match=r"resume_from is the state of .* start the trial anew"):
        run("rest", resume_from=state("part"), **change)


def test_a_state_without_its_checkpoint_is_refused(run, state):
    part = run("part", until=1 / 3)
    shutil.rmtree(part.checkpoint)
    with pytest.raises(NotFound, match="no checkpoint 'part'"):
        run("rest", resume_from=state("part"))


def test_a_missing_or_damaged_state_is_refused(run, state):
    with pytest.raises(NotFound, match="no training state"):
        run("rest", resume_from=state("never"))
    run("part", until=1 / 3)
    state("part").write_bytes(state("part").read_bytes()[:200])
    with pytest.raises(DataCorrupted, match="no training state"):
        run("rest", resume_from=state("part"))


def test_a_state_says_what_it_is_of(run, state, model_id):
    run("part", until=1 / 3)
    found = resumable(state("part"), model=model_id, recipe=RECIPE, seed=3)
    assert (found.trial, found.loop.update, found.loop.micro_batch) == ("part", 6, 12)
    assert all(tensor.device == torch.device("cpu") for tensor in found.loop.tensors.values())
