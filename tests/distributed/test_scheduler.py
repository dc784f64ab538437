"""Halving seen through Tune's flat results."""

from types import SimpleNamespace

from ray.tune.schedulers import TrialScheduler
from ray.tune.utils import flatten_dict

from automl_tl.distributed.scheduler import RungScheduler
from automl_tl.finetune.metrics import metrics
from automl_tl.search.halving import SuccessiveHalving


def decide(scheduler, name, result):
    return scheduler.on_trial_result(None, SimpleNamespace(trial_id=name), flatten_dict(result))


def point(accuracy, fraction=1 / 9):
    return {"point": {"fraction": fraction, "metrics": {"accuracy": accuracy}}, "training_iteration": 1}


def test_the_worst_of_a_rung_is_stopped():
    """Known answer: 0.2 is below the median of 0.8 and 0.9."""
    scheduler = RungScheduler(metrics.get("accuracy"), SuccessiveHalving())
    assert decide(scheduler, "a", point(0.8)) == TrialScheduler.CONTINUE
    assert decide(scheduler, "b", point(0.9)) == TrialScheduler.CONTINUE
    assert decide(scheduler, "c", point(0.2)) == TrialScheduler.STOP


def test_smaller_is_better_for_a_loss():
    """Log loss 2 is stopped, 0.1 is not."""
    scheduler = RungScheduler(metrics.get("log_loss"), SuccessiveHalving(patience=1))

    def loss(value):
        return {"point": {"fraction": 1 / 3, "metrics": {"log_loss": value}}}

    assert decide(scheduler, "a", loss(0.5)) == TrialScheduler.CONTINUE
    assert decide(scheduler, "b", loss(2.0)) == TrialScheduler.STOP
    assert decide(scheduler, "c", loss(0.1)) == TrialScheduler.CONTINUE


def test_the_result_that_carries_the_outcome_never_stops_a_trial():
    """Else the outcome would be lost; so would a complete trial's last point."""
    scheduler = RungScheduler(metrics.get("accuracy"), SuccessiveHalving(patience=1))
    decide(scheduler, "a", point(0.9))
    decide(scheduler, "a", point(0.9, 1.0))
    assert decide(scheduler, "b", point(0.1, 1.0)) == TrialScheduler.CONTINUE
    assert decide(scheduler, "b", {"outcome": {"seconds": 1.0}}) == TrialScheduler.CONTINUE
    assert decide(scheduler, "b", {"failure": "x"}) == TrialScheduler.CONTINUE
    assert decide(scheduler, "b", {"done": True}) == TrialScheduler.CONTINUE
