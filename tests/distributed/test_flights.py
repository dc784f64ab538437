"""Trials on their way."""

import dataclasses

import pytest

from automl_tl.distributed.flights import Flights
from automl_tl.distributed.trial_process import FAILURE, FAILURE_FIELD, OUTCOME, POINT
from automl_tl.finetune.training_state import state_file
from automl_tl.finetune.workload import CurvePoint, SoFar, TrialOutcome
from automl_tl.search.trial import TrialState
from automl_tl.testing.runner import RecordingEvents, ScriptedSource, toy_trial, toy_workload

HALF = CurvePoint(5, 1 / 3, 1.0, 0.4, {"accuracy": 0.8})


@pytest.fixture
def source():
    return ScriptedSource([toy_trial(1), toy_trial(2)])


@pytest.fixture
def events():
    return RecordingEvents()


@pytest.fixture
def flights(tmp_path, source, events):
    """Return flights with the first trial running under Ray's id "x"."""
    flights = Flights(toy_workload(tmp_path), source, events)
    flights.launch("x")
    flights.started("x")
    return flights


def report(flights, point=HALF):
    return flights.reported("x", {POINT: dataclasses.asdict(point)})


def test_points_are_told_with_the_trial_as_it_then_is(flights, events):
    """And the last result, which carries the outcome, is no point."""
    assert report(flights) == HALF
    assert flights.reported("x", {POINT: dataclasses.asdict(HALF), OUTCOME: {}}) is None
    assert events.points == {"t0001": [HALF]}


def test_an_outcome_ends_the_flight(flights, source, events, tmp_path):
    """Events and source hear of it once."""
    outcome = dataclasses.asdict(TrialOutcome(HALF, (HALF,), tmp_path, 2.0)) | {"checkpoint": str(tmp_path)}
    flights.ended("x", {OUTCOME: outcome})
    flights.ended("x", {OUTCOME: outcome})
    assert len(flights) == 0
    assert [trial.state for trial in source.ended] == [TrialState.SUCCEEDED]
    assert events.log.count(("ended", "t0001")) == 1


def test_no_outcome_means_that_the_scheduler_stopped_it(flights, events):
    """PRUNED, without an error."""
    report(flights)
    flights.ended("x", {POINT: dataclasses.asdict(HALF)})
    assert (events.ends["t0001"].state, events.ends["t0001"].error) == (TrialState.PRUNED, "")


def test_a_trial_that_the_scheduler_stops_has_the_figures_of_what_it_kept(flights, events):
    """No outcome comes that could correct its row."""
    later = CurvePoint(10, 2 / 3, 2.0, 0.3, {"accuracy": 0.775}, so_far=SoFar((HALF,), 10))
    report(flights)
    report(flights, later)
    flights.ended("x", {POINT: dataclasses.asdict(later)})
    paused = events.ends["t0001"]
    assert (paused.value, paused.metrics, paused.curve) == (0.775, {"accuracy": 0.775}, (HALF, later))


def test_a_failure_keeps_its_words(flights, events):
    """FAILED as the trial said."""
    flights.ended("x", {FAILURE: "too hot"})
    assert (events.ends["t0001"].state, events.ends["t0001"].error) == (TrialState.FAILED, "too hot")


def test_a_failure_keeps_the_field_that_it_names(flights, events):
    """By which the search knows what not to try again."""
    flights.ended("x", {FAILURE: "too hot", FAILURE_FIELD: "learning_rate"})
    assert events.ends["t0001"].error_field == "learning_rate"


def test_a_process_that_dies_twice_is_a_failure(flights, events):
    """The first time the trial begins anew, since it left no state, before any other trial."""
    report(flights)
    flights.lost("x", "the process is gone")
    assert (len(flights), events.ends) == (0, {})
    again = flights.launch("y")
    assert (again.id, again.curve) == ("t0001", ())
    flights.started("y")
    flights.lost("y", "the process is gone")
    assert (events.ends["t0001"].state, events.ends["t0001"].error) == (TrialState.FAILED, "the process is gone")


def test_a_trial_that_lost_its_process_goes_on_from_its_last_rung(flights, tmp_path):
    """Its state lies where the trials' checkpoints do."""
    report(flights)
    state_file(tmp_path, "t0001").write_text("state")
    flights.lost("x", "the process is gone")
    assert flights.launch("y").curve == (HALF,)


def test_nodes_may_go_away_more_often(flights, events):
    """The trial is not to blame for that, up to ten times; other trials come after it."""
    for _ in range(9):
        flights.lost("x", "gone", with_node=True)
        assert flights.launch("x").id == "t0001"
        flights.started("x")
    flights.lost("x", "gone", with_node=True)
    assert events.ends["t0001"].error == "gone"
    assert flights.launch("z").id == "t0002"


def test_a_process_lost_on_our_wish_keeps_the_best_point(flights, events):
    """After a request to stop nothing is tried again."""
    report(flights)
    flights.stopping = "deadline"
    flights.lost("x", "killed")
    assert (events.ends["t0001"].state, events.ends["t0001"].error) == (TrialState.PRUNED, "deadline")
    assert events.ends["t0001"].value == 0.8


def test_what_waits_to_be_tried_again_ends_with_the_run(flights, source, events):
    """No trial is left open when everything is closed."""
    flights.lost("x", "the process is gone")
    flights.close_all("cancelled")
    assert [(trial.id, trial.error) for trial in source.ended] == [("t0001", "cancelled")]


def test_closing_leaves_nothing_open(flights, source):
    """Trials that never got a process are closed too."""
    flights.launch("y")
    flights.close_all("cancelled")
    assert {trial.id: trial.error for trial in source.ended} == {"t0001": "cancelled", "t0002": "cancelled"}
    assert len(flights) == 0


def test_strangers_are_ignored(flights, events):
    """Late news of a closed flight changes nothing."""
    before = list(events.log)
    flights.started("z")
    flights.lost("z", "x")
    flights.ended("z", {})
    assert flights.reported("z", {POINT: dataclasses.asdict(HALF)}) is None
    assert events.log == before
