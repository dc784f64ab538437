"""The source's decisions seen through Tune's flat results."""

from types import SimpleNamespace

import pytest
from ray.tune.schedulers import TrialScheduler
from ray.tune.utils import flatten_dict

from automl_tl.distributed.flights import Flights
from automl_tl.distributed.scheduler import RungScheduler
from automl_tl.testing.runner import RecordingEvents, ScriptedSource, toy_trial, toy_workload


@pytest.fixture
def scheduler(tmp_path):
    """Return a scheduler of two running trials, "a" and "b"."""
    source = ScriptedSource([toy_trial(1), toy_trial(2)], eta=9.0)
    flights = Flights(toy_workload(tmp_path), source, RecordingEvents())
    for key in "ab":
        flights.launch(key)
        flights.started(key)
    return RungScheduler(flights)


def decide(scheduler, name, result):
    return scheduler.on_trial_result(None, SimpleNamespace(trial_id=name), flatten_dict(result))


def point(accuracy, fraction=1 / 9):
    figures = {"update": 3, "fraction": fraction, "looks": 0.0, "seconds": 1.0, "train_loss": 0.5}
    return {"point": {**figures, "metrics": {"accuracy": accuracy}}, "training_iteration": 1}


def test_the_worse_of_a_rung_is_stopped(scheduler):
    """The source says so: 0.2 is not among the best ninth."""
    assert decide(scheduler, "a", point(0.8)) == TrialScheduler.CONTINUE
    assert decide(scheduler, "b", point(0.2)) == TrialScheduler.STOP


def test_the_result_that_carries_the_outcome_never_stops_a_trial(scheduler):
    """Else the outcome would be lost; so would a complete trial's last point."""
    decide(scheduler, "a", point(0.9, 1.0))
    assert decide(scheduler, "b", point(0.1, 1.0)) == TrialScheduler.CONTINUE
    assert decide(scheduler, "b", {"outcome": {"seconds": 1.0}}) == TrialScheduler.CONTINUE
    assert decide(scheduler, "b", {"failure": "x"}) == TrialScheduler.CONTINUE
    assert decide(scheduler, "b", {"done": True}) == TrialScheduler.CONTINUE


def test_a_trial_that_nobody_waits_for_is_stopped(scheduler):
    """Its flight was closed when the search ended."""
    assert decide(scheduler, "z", point(0.9)) == TrialScheduler.STOP


def test_it_goes_into_rays_file_as_nothing(scheduler):
    """What it holds leads to a database."""
    assert scheduler.__getstate__() == {}
