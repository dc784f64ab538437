"""How trials change."""

import math
from dataclasses import replace

import pytest

from automl_tl.finetune.choice import Choice
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.workload import CurvePoint, SoFar, TrialOutcome
from automl_tl.search.lifecycle import (
    anew,
    begin,
    best_point,
    cut,
    fail,
    finish,
    merit,
    merit_of_training,
    onward,
    paused,
    rung_of,
    steps,
    with_point,
)
from automl_tl.search.trial import TrialState
from automl_tl.testing.runner import toy_trial, toy_workload

ACCURACY, LOG_LOSS = metrics.get("accuracy"), metrics.get("log_loss")


def point(fraction, accuracy, **figures):
    return CurvePoint(round(fraction * 90), fraction, fraction * 10, 1.0, {"accuracy": accuracy, **figures})


def test_merit_orders_ties_by_log_loss_and_nothing_else():
    """Equal accuracy: the surer model wins; one more right answer in a thousand always wins."""
    assert merit(ACCURACY, {"accuracy": 0.9, "log_loss": 0.3}) > merit(
        ACCURACY, {"accuracy": 0.9, "log_loss": 0.4}
    )
    assert merit(ACCURACY, {"accuracy": 0.9011, "log_loss": 99}) > merit(
        ACCURACY, {"accuracy": 0.9, "log_loss": 0}
    )
    assert merit(LOG_LOSS, {"log_loss": 0.3}) == -0.3
    assert merit(ACCURACY, {}) == merit(ACCURACY, {"accuracy": math.nan}) == -math.inf


def test_rungs_are_ninths():
    """Known answers for the four rungs of a run."""
    assert [rung_of(point(fraction, 0)) for fraction in (1 / 9, 1 / 3, 2 / 3, 1.0)] == [1, 3, 6, 9]
    assert steps(ACCURACY, [point(1 / 9, 0.2), point(1.0, 0.4)]) == {1: 0.2, 9: 0.4}


def reported(workload, *points, kept):
    """Return a trial that runs and has reported these points, of which it kept each time the update given."""
    trial = begin(toy_trial(1))
    for number, update in enumerate(kept, len(points) - len(kept)):
        told = replace(points[number], so_far=SoFar(points[:number], update))
        trial = with_point(trial, told, workload)
    return trial


def test_a_running_trial_has_the_figures_of_the_point_that_it_keeps(tmp_path):
    """That may be a lower one that is later, or an earlier one; the curve grows all the same."""
    workload = toy_workload(tmp_path)
    points = point(1 / 9, 0.8), point(1 / 3, 0.775), point(2 / 3, 0.6)
    later = reported(workload, *points[:2], kept=(10, 30))
    assert (later.value, later.metrics, len(later.curve)) == (0.775, {"accuracy": 0.775}, 2)
    assert best_point(later).update == 30
    earlier = reported(workload, *points, kept=(10, 30, 30))
    assert (earlier.value, best_point(earlier).update, earlier.curve) == (0.775, 30, points)
    assert earlier.seconds == pytest.approx(20 / 3)


def test_a_trial_that_keeps_its_start_claims_no_training(tmp_path):
    """The start is not reported by itself, and is part of the curve once another point is."""
    start, first = CurvePoint(0, 0.0, 0.0, 1.0, {"accuracy": 0.9}), point(1 / 9, 0.2)
    trial = reported(toy_workload(tmp_path), start, first, kept=(0,))
    assert (trial.value, trial.curve, best_point(trial)) == (0.9, (start, first), start)
    assert all(each.so_far is None for each in trial.curve)


def test_of_points_with_equal_figures_the_latest_was_kept(tmp_path):
    """As the run itself chooses: what lies on disk was trained longest, and is retrained for as many updates."""
    curve = tuple(CurvePoint(at, at / 9, float(at), 1.0, {"accuracy": 0.9, "log_loss": 0.3}) for at in (0, 1, 3))
    choice = Choice(ACCURACY, 40, curve[0])
    assert [choice.offer(each) for each in curve[1:]] == [True, True]
    trial = reported(toy_workload(tmp_path), *curve, kept=(1, 3))
    assert best_point(trial) is trial.curve[2]
    assert best_point(trial) == choice.best


def test_a_paused_trial_has_the_row_that_its_outcome_would_give(tmp_path):
    """Who stops a trial from outside never hears of its outcome."""
    workload = toy_workload(tmp_path)
    (tmp_path / "t0001").mkdir()
    points = CurvePoint(0, 0.0, 0.0, 1.0, {"accuracy": 0.7}), point(1 / 9, 0.8), point(1 / 3, 0.775)
    running = reported(workload, *points, kept=(10, 30))
    outcome = TrialOutcome(points[-1], points, tmp_path / "t0001", running.seconds, "scheduler")
    assert cut(running, "scheduler", running.seconds, workload) == finish(running, outcome, workload)


def test_a_run_that_says_nothing_keeps_every_new_point(tmp_path):
    """So do trial functions that have one point only."""
    workload = toy_workload(tmp_path)
    trial = begin(replace(toy_trial(1), error="old"))
    assert (trial.state, trial.error) == (TrialState.RUNNING, "")
    trial = with_point(with_point(trial, point(1 / 9, 0.8), workload), point(1 / 3, 0.7), workload)
    assert (trial.value, len(trial.curve), trial.seconds) == (0.7, 2, pytest.approx(10 / 3))
    assert trial.metrics == {"accuracy": 0.7}


def test_a_running_trial_names_its_checkpoint_once_it_lies_on_disk(tmp_path):
    """So that the best model so far can be read while its trial still runs."""
    workload = toy_workload(tmp_path)
    assert with_point(begin(toy_trial(1)), point(1 / 9, 0.8), workload).checkpoint == ""
    (tmp_path / "t0001").mkdir()
    assert with_point(begin(toy_trial(1)), point(1 / 9, 0.8), workload).checkpoint == str(tmp_path / "t0001")


def test_a_paused_trial_keeps_what_it_reached(tmp_path):
    """It waits and runs again with its curve, value and seconds; only one that starts anew loses them."""
    workload = toy_workload(tmp_path)
    paused_one = cut(with_point(begin(toy_trial(1)), point(1 / 9, 0.8), workload), "scheduler", 4.0, workload)
    assert paused(paused_one)
    again = begin(onward(paused_one))
    assert (again.state, again.value, len(again.curve), again.seconds) == (TrialState.RUNNING, 0.8, 1, 4.0)
    fresh = anew(paused_one)
    assert (fresh.state, fresh.curve, fresh.seconds, fresh.metrics) == (TrialState.PENDING, (), 0.0, {})
    assert not paused(cut(again, "deadline", 4.0, workload))


def test_a_point_that_comes_twice_is_one_point(tmp_path):
    """After a crash the last points before it may be reported again."""
    workload = toy_workload(tmp_path)
    trial = begin(toy_trial(1))
    for each in (point(1 / 9, 0.5), point(1 / 3, 0.6), point(1 / 3, 0.6), point(2 / 3, 0.7)):
        trial = with_point(trial, each, workload)
    assert [each.fraction for each in trial.curve] == [1 / 9, 1 / 3, 2 / 3]


def test_the_value_is_that_of_the_metric_of_the_job(tmp_path):
    """Whatever else was measured."""
    workload = toy_workload(tmp_path, metric="log_loss")
    trial = with_point(begin(toy_trial(1)), point(1 / 9, 0.8, log_loss=0.4), workload)
    assert trial.value == 0.4


@pytest.mark.parametrize(
    ("stopped", "state", "error"),
    [
        ("", TrialState.SUCCEEDED, ""),
        ("scheduler", TrialState.PRUNED, ""),
        ("deadline", TrialState.PRUNED, "deadline"),
        ("cancelled", TrialState.PRUNED, "cancelled"),
    ],
)
def test_an_outcome_decides_the_final_state(tmp_path, stopped, state, error):
    """Only a full run SUCCEEDED; the reason of a cut run is kept, a scheduler's stop is no error."""
    outcome = TrialOutcome(point(1 / 3, 0.7), (point(1 / 9, 0.6), point(1 / 3, 0.7)), tmp_path, 3.0, stopped)
    trial = finish(begin(toy_trial(1)), outcome, toy_workload(tmp_path))
    assert (trial.state, trial.error, trial.value, trial.checkpoint) == (state, error, 0.7, str(tmp_path))
    assert len(trial.curve) == 2


def test_a_value_that_is_no_number_fails_the_trial(tmp_path):
    """It cannot be compared with anything."""
    outcome = TrialOutcome(point(1.0, math.nan), (), tmp_path, 3.0)
    trial = finish(begin(toy_trial(1)), outcome, toy_workload(tmp_path))
    assert (trial.state, trial.error) == (TrialState.FAILED, "validation accuracy is not a number")


def test_a_trial_cut_from_outside_keeps_what_lies_on_disk(tmp_path):
    """With a point it is PRUNED with its checkpoint, without one FAILED with the reason."""
    workload = toy_workload(tmp_path)
    (tmp_path / "t0001").mkdir()
    running = with_point(begin(toy_trial(1)), point(1 / 9, 0.8), workload)
    trial = cut(running, "deadline", 4.0, workload)
    assert (trial.state, trial.error, trial.value, trial.seconds) == (TrialState.PRUNED, "deadline", 0.8, 4.0)
    assert trial.checkpoint == str(tmp_path / "t0001")
    assert cut(running, "scheduler", 4.0, workload).error == ""
    bare = cut(begin(toy_trial(2)), "deadline", 4.0, workload)
    assert (bare.state, bare.error, bare.seconds) == (TrialState.FAILED, "deadline", 4.0)
    assert bare.error_field == "budget"


def test_a_failed_trial_keeps_reason_and_longest_time():
    """Seconds never shrink."""
    trial = fail(replace(toy_trial(1), seconds=9.0), "why", 2.0)
    assert (trial.state, trial.error, trial.seconds) == (TrialState.FAILED, "why", 9.0)


def test_a_trial_that_runs_again_blames_nothing_any_more():
    """Whether it begins anew, waits to go on or goes on."""
    failed = fail(toy_trial(1), "why", 2.0, field="budget")
    assert failed.error_field == "budget"
    for again in (anew(failed), onward(failed), begin(failed)):
        assert (again.error, again.error_field) == ("", "")


def test_the_sampler_learns_from_training_and_not_from_the_untrained_start():
    """A recipe that ruins the probe's head is a bad recipe, though its trial ends with the probe's value."""
    start = CurvePoint(0, 0.0, 0.0, 1.0, {"accuracy": 0.9})
    ruined = replace(toy_trial(1), curve=(start, point(1.0, 0.2)), metrics={"accuracy": 0.9}, value=0.9)
    assert merit_of_training(ACCURACY, ruined) == pytest.approx(0.2)
    probe = replace(toy_trial(1), curve=(start,), metrics={"accuracy": 0.9})
    assert merit_of_training(ACCURACY, probe) == pytest.approx(0.9)
