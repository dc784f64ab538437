"""What paused trials would have reached."""

import math

import pytest

from automl_tl.finetune.metrics import metrics
from automl_tl.search.foresight import Foresight
from automl_tl.search.trial import TrialState


@pytest.fixture
def foresight():
    return Foresight(metrics.get("accuracy"))


def test_a_full_run_is_what_it_is(foresight, ended_trial):
    """Its best point after training."""
    assert foresight.final_merit(ended_trial(1, [0.5, 0.8, 0.7, 0.6])) == pytest.approx(0.8)


def test_a_paused_trial_gains_what_others_gained(foresight, ended_trial):
    """Known answer: two runs gained 0.2 from the second rung on, with two doubts: 0.1."""
    for number in (1, 2):
        foresight.note(ended_trial(number, [0.5, 0.6, 0.7, 0.8]))
    paused = ended_trial(3, [0.4, 0.5], state=TrialState.PRUNED)
    assert foresight.final_merit(paused) == pytest.approx(0.5 + 0.2 * 2 / 4)


def test_the_best_point_so_far_counts_not_the_last(foresight, ended_trial):
    """A run that was best early gained nothing."""
    foresight.note(ended_trial(1, [0.9, 0.5, 0.5, 0.5]))
    assert foresight.final_merit(ended_trial(2, [0.4], state=TrialState.PRUNED)) == pytest.approx(0.4)


def test_what_runs_has_no_merit_and_what_failed_the_worst(foresight, ended_trial):
    """Running out of time is no failure of the configuration, but without a point nothing is known."""
    assert foresight.final_merit(ended_trial(1, [], state=TrialState.RUNNING)) is None
    assert foresight.final_merit(ended_trial(1, [], state=TrialState.FAILED, error="deadline")) is None
    assert foresight.final_merit(ended_trial(1, [0.5], state=TrialState.FAILED, error="nan")) == -math.inf
    late = ended_trial(1, [], state=TrialState.FAILED, error="too late", error_field="budget")
    assert foresight.final_merit(late) is None


def test_a_linear_probe_has_its_own_figure(foresight, ended_trial):
    """It has no training and ends at its start."""
    trial = ended_trial(1, [], metrics={"accuracy": 0.7}, strategy="linear_probe")
    assert foresight.final_merit(trial) == pytest.approx(0.7)
