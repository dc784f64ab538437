"""Many slots on a virtual clock, and how busy a search keeps them."""

import random
from pathlib import Path

import pytest

from automl_tl.search.budget import Budget, Deadline
from automl_tl.search.run import search
from automl_tl.search.space_files import load_space
from automl_tl.search.trial import TrialState
from automl_tl.testing.runner import RecordingEvents, ScriptedSource, rehearse, toy_trial, toy_workload
from automl_tl.testing.virtual_runner import VirtualClock, VirtualRunner

MODELS = ("local:a", "local:b", "local:c")


def value(trial, share):
    drawn = random.Random(repr((trial.model, trial.strategy, sorted(trial.parameters.items()))))
    return 0.3 + 0.6 * drawn.random() * share**0.3


def test_two_slots_take_half_the_time(tmp_path: Path):
    """Known answer: four trials of 10 s in two slots take 20 s, all of them busy."""
    clock = VirtualClock()
    runner = VirtualRunner(clock, 2, seconds=10.0, value=lambda trial, share: share)
    source, events = ScriptedSource([toy_trial(number) for number in range(1, 5)]), RecordingEvents()
    runner.run(
        toy_workload(tmp_path), source, events, deadline=Deadline.after(None, clock=clock), cancelled=lambda: False
    )
    assert clock.now == pytest.approx(20.0)
    assert runner.busy_share == pytest.approx(1.0)
    assert (runner.launches, runner.began_last) == (4, pytest.approx(10.0))
    assert {trial.state for trial in source.ended} == {TrialState.SUCCEEDED}


def searched(tmp_path: Path, *, trials: int, slots: int):
    clock, writes = VirtualClock(), []
    runner = VirtualRunner(clock, slots, seconds=10.0, value=value)
    found = search(
        toy_workload(tmp_path, models=MODELS),
        MODELS,
        load_space("image"),
        budget=Budget(trials=trials),
        deadline=Deadline.after(None, clock=clock),
        seed=3,
        runner=runner,
        record=writes.append,
        trial_function=rehearse,
        load_model=lambda card: None,
        resumable=lambda trial: True,
    )
    return runner, found, writes


def test_a_search_leaves_no_slot_idle_while_work_is_left(tmp_path: Path):
    """60 slots are busy from the first question to the last begin; every trial of the budget ends, none twice."""
    runner, found, writes = searched(tmp_path, trials=240, slots=60)
    assert runner.busy_share_while_work_is_left > 0.99
    assert len([trial for trial in found.trials if trial.origin != "probe"]) == 240
    assert {trial.state for trial in found.trials} <= {TrialState.SUCCEEDED, TrialState.PRUNED}
    succeeded = [trial.id for trial in writes if trial.state is TrialState.SUCCEEDED]
    assert len(succeeded) == len(set(succeeded))


def test_the_same_seed_gives_the_same_trials(tmp_path: Path):
    """Also beyond a hundred trials, where suggestions come from a cheaper estimator."""
    one, other = (searched(tmp_path / name, trials=130, slots=20)[1].trials for name in ("one", "other"))
    assert [(each.model, each.parameters, each.state, each.value) for each in one] == [
        (each.model, each.parameters, each.state, each.value) for each in other
    ]
