"""Stopping in time, without Ray."""

import pickle
import time
from types import SimpleNamespace

import pytest
from ray.tune.stopper import NoopStopper

from automl_tl.distributed import observer as module
from automl_tl.distributed.flights import Flights
from automl_tl.distributed.observer import FlightObserver, StopWhenAsked
from automl_tl.distributed.stop_flag import FileFlag
from automl_tl.search.budget import Deadline
from automl_tl.search.trial import TrialState
from automl_tl.testing.runner import RecordingEvents, ScriptedSource, toy_trial, toy_workload


@pytest.fixture
def killed(monkeypatch):
    """Collect the actors that would be killed."""
    actors = []
    monkeypatch.setattr(module.ray, "kill", actors.append)
    return actors


@pytest.fixture
def events():
    return RecordingEvents()


@pytest.fixture
def flights(tmp_path, events):
    flights = Flights(toy_workload(tmp_path / "t"), ScriptedSource([toy_trial(1)]), events)
    flights.launch("x")
    return flights


def watch(flights, tmp_path, *, deadline=None, cancelled=lambda: False, grace=1e9):
    return FlightObserver(
        flights,
        deadline=deadline or Deadline.after(None),
        cancelled=cancelled,
        stop_flag=FileFlag(tmp_path / "stop"),
        grace=grace,
    )


def ray_trial(**changes):
    state = SimpleNamespace(ray_actor="actor")
    return SimpleNamespace(
        **({"trial_id": "x", "temporary_state": state, "error_file": None, "last_result": {}} | changes)
    )


def test_at_the_deadline_trials_are_asked_before_they_are_killed(flights, tmp_path, killed):
    """The flag appears at once; within the grace nobody is killed."""
    observer = watch(flights, tmp_path, deadline=Deadline(0.0, lambda: 1.0))
    observer.on_trial_start(0, [], ray_trial())
    observer.on_step_begin(0, [])
    observer.on_step_begin(1, [])
    assert (tmp_path / "stop").exists()
    assert flights.stopping == "deadline"
    assert killed == []
    assert not StopWhenAsked(observer).stop_all()


def test_after_the_grace_processes_are_ended(flights, tmp_path, killed):
    """And the whole run with them, trials without a process included."""
    observer = watch(flights, tmp_path, cancelled=lambda: True, grace=0.0)
    observer.on_trial_start(0, [], ray_trial())
    observer.on_step_begin(0, [])
    time.sleep(0.01)
    assert flights.stopping == "cancelled"
    assert killed == []
    assert StopWhenAsked(observer).stop_all()
    assert killed == ["actor"]


def test_cancelled_is_not_asked_at_every_step(flights, tmp_path):
    """It may read a database."""
    asked = []
    observer = watch(flights, tmp_path, cancelled=lambda: bool(asked.append(1)))
    for step in range(20):
        observer.on_step_begin(step, [])
    assert len(asked) == 1


def test_a_dead_process_is_told_with_rays_first_line(flights, tmp_path, events):
    """From the text file in the trial's directory."""
    text = tmp_path / "error.txt"
    text.write_text("Failure # 1 (occurred at noon)\nThe actor died.\n\tpid: 3\n")
    observer = watch(flights, tmp_path)
    observer.on_trial_start(0, [], ray_trial())
    observer.on_trial_error(0, [], ray_trial(error_file=str(text)))
    flights.launch("x")
    observer.on_trial_error(0, [], ray_trial(error_file=str(text)))
    assert events.ends["t0001"].state is TrialState.FAILED
    assert events.ends["t0001"].error == "the trial's worker process died: The actor died."


def test_without_a_text_the_reason_is_unknown(flights, tmp_path, events):
    """Still a sentence."""
    watch(flights, tmp_path).on_trial_error(0, [], ray_trial())
    flights.launch("x")
    watch(flights, tmp_path).on_trial_error(0, [], ray_trial())
    assert events.ends["t0001"].error == "the trial's worker process died: Ray gives no reason"


def test_the_stopper_goes_into_rays_files_as_nothing(flights, tmp_path):
    """It holds callables that cannot be pickled."""
    stopper = StopWhenAsked(watch(flights, tmp_path))
    assert isinstance(pickle.loads(pickle.dumps(stopper)), NoopStopper)
    assert not stopper("x", {})


def test_a_process_that_goes_away_with_its_node_is_tried_again_and_again(flights, tmp_path, events):
    """The trial is not to blame."""
    text = tmp_path / "error.txt"
    text.write_text("The actor died because its node has died. Node Id: 12ab\n")
    for _ in range(5):
        watch(flights, tmp_path).on_trial_error(0, [], ray_trial(error_file=str(text)))
        assert flights.launch("x").id == "t0001"
    assert events.ends == {}
