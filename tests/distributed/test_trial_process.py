"""What a worker process does with one trial, without Ray."""

import dataclasses
import json
import math
import sys
import time

import pytest

from automl_tl.distributed import trial_process
from automl_tl.distributed.stop_flag import FileFlag
from automl_tl.distributed.trial_process import (
    FAILURE,
    FAILURE_FIELD,
    OUTCOME,
    POINT,
    read_outcome,
    read_point,
    run_in_process,
    trial_config,
)
from automl_tl.finetune.workload import CurvePoint
from automl_tl.testing.runner import rehearse, toy_trial, toy_workload


@pytest.fixture
def reports(monkeypatch):
    """Collect what would go to Tune."""
    collected = []
    monkeypatch.setattr(trial_process.tune, "report", collected.append)
    return collected


def run(tmp_path, trial, *, deadline=None, trial_function=rehearse):
    config = trial_config(trial, deadline=deadline, stop_flag=FileFlag(tmp_path / "stop"))
    return run_in_process(
        config, workload=toy_workload(tmp_path), trial_function=trial_function, load_model=lambda card: None
    )


def test_a_config_is_plain_json(tmp_path):
    """Ray copies, flattens and stores it; arrays have no business there."""
    config = trial_config(toy_trial(2, seed=5), deadline=12.5, stop_flag=FileFlag(tmp_path / "stop"))
    assert json.loads(json.dumps(config)) == config
    assert (config["trial"], config["seed"], config["deadline"]) == ("t0002", 5, 12.5)


def test_points_and_outcome_survive_the_way_to_the_driver(tmp_path, reports):
    """What is read back equals what was written."""
    result = run(tmp_path, toy_trial(1))
    outcome = read_outcome(result[OUTCOME])
    assert tuple(read_point(entry[POINT]) for entry in reports) == outcome.curve
    assert outcome.best == outcome.curve[-1]
    assert outcome.checkpoint == tmp_path / "t0001"
    assert outcome.stopped == ""


def test_what_a_run_keeps_survives_the_way_to_the_driver(tmp_path, reports):
    """Here its untrained start, which is not reported by itself; older processes say nothing of it."""
    run(tmp_path, toy_trial(1, seed=671))
    heard = [read_point(entry[POINT]) for entry in reports]
    assert [point.so_far.kept for point in heard] == [0] * 4
    assert [len(point.so_far.before) for point in heard] == [1, 2, 3, 4]
    assert heard[-1].so_far.before[1:] == tuple(heard[:-1])
    old = {key: value for key, value in reports[0][POINT].items() if key != "so_far"}
    assert read_point(old).so_far is None


def test_a_trial_goes_on_from_the_state_it_is_given(tmp_path, reports):
    """Only the new points are reported, the outcome has the whole curve."""
    state = tmp_path / "state"
    points = [CurvePoint(1, 1 / 9, 0.1, 1.0, {"accuracy": 0.5}), CurvePoint(2, 1 / 3, 0.2, 1.0, {"accuracy": 0.6})]
    state.write_text(json.dumps([dataclasses.asdict(point) for point in points]), encoding="utf-8")
    config = trial_config(toy_trial(1), deadline=None, stop_flag=FileFlag(tmp_path / "stop"), resume_from=state)
    workload = toy_workload(tmp_path)
    result = run_in_process(config, workload=workload, trial_function=rehearse, load_model=lambda card: None)
    assert len(reports) == 2
    assert read_outcome(result[OUTCOME]).curve[:2] == tuple(points)


def test_an_allowance_counts_from_the_start_of_the_trial(tmp_path):
    """The earlier of deadline and allowance ends it."""
    flag = FileFlag(tmp_path / "stop")
    for deadline, allowance, expected in ((None, 50.0, 50), (time.time() + 9, 50.0, 9), (None, math.inf, None)):
        config = trial_config(toy_trial(1), deadline=deadline, stop_flag=flag, allowance=allowance)
        ends = trial_process._ends_at(config)
        assert ends is None if expected is None else ends == pytest.approx(time.time() + expected, abs=2)


def test_what_a_trial_raises_is_returned(tmp_path, reports):
    """The process lives on for the next trial."""
    told = run(tmp_path, toy_trial(1, seed=666))
    assert told == {FAILURE: "learning_rate was far too high", FAILURE_FIELD: "learning_rate"}


def test_a_stopped_trial_leaves_in_order_and_then_ends_its_thread(tmp_path, monkeypatch):
    """Tune stops a trial by SystemExit inside report; the trial function sees False and may clean up."""
    monkeypatch.setattr(trial_process.tune, "report", lambda result: sys.exit(0))
    seen = []

    def trial_function(workload, *, report, **options):
        outcome = rehearse(workload, report=report, **options)
        seen.append(outcome.stopped)
        return outcome

    with pytest.raises(SystemExit):
        run(tmp_path, toy_trial(1), trial_function=trial_function)
    assert seen == ["scheduler"]


def test_time_is_up_at_the_deadline_and_when_the_flag_appears(tmp_path):
    """Without either there is no limit."""
    flag = FileFlag(tmp_path / "stop")
    assert trial_process._remaining(None, flag)() == math.inf
    assert trial_process._remaining(time.time() + 50, flag)() == pytest.approx(50, abs=5)
    assert trial_process._remaining(time.time() - 1, flag)() < 0
    flag.hoist()
    assert trial_process._remaining(None, flag)() == -math.inf


def test_a_trial_past_its_deadline_does_not_train(tmp_path, reports):
    """It fails with the trial function's own words."""
    result = run(tmp_path, toy_trial(1), deadline=time.time() - 1)
    assert result == {FAILURE: "the time was used up before the first update", FAILURE_FIELD: "budget"}
    assert reports == []


def test_models_are_kept_for_the_life_of_the_process():
    """Every trial of a process shares one cache."""
    assert trial_process._process_cache() is trial_process._process_cache()
