"""Device time."""

import math

import pytest

from automl_tl.search.budget import Budget, StopReason
from automl_tl.search.spending import Spending
from automl_tl.testing.runner import toy_trial


@pytest.fixture
def clock():
    class Clock:
        now = 100.0

        def __call__(self):
            return self.now

    return Clock()


def test_without_limits_nothing_ends(clock):
    """Infinity is left."""
    spending = Spending({}, clock)
    spending.begin(toy_trial(1))
    clock.now += 1e9
    assert (spending.left(), spending.share(2, coming=5), spending.exhausted()) == (math.inf, math.inf, None)
    spending.begin(toy_trial(2), promised=math.inf)
    assert spending.left() == math.inf
    assert not spending.overdrawn()


def test_running_trials_spend_as_they_run(clock):
    """Two trials for ten seconds are twenty; the tighter limit counts and has a name."""
    limits = {StopReason.BUDGET_MONEY: 60.0, StopReason.BUDGET_GPU_SECONDS: 80.0}
    spending = Spending(limits, clock)
    for number in (1, 2):
        spending.begin(toy_trial(number))
    clock.now += 10
    assert spending.left() == pytest.approx(40)
    spending.end(toy_trial(1))
    assert spending.share(3, coming=9) == pytest.approx(20)
    clock.now += 39.5
    assert spending.exhausted() is StopReason.BUDGET_MONEY
    assert not spending.overdrawn()
    clock.now += 1
    assert spending.overdrawn()


def test_trials_side_by_side_are_promised_no_more_than_there_is(clock):
    """Of 480 seconds each of four gets 120; who used less leaves the rest to the next."""
    spending = Spending({StopReason.BUDGET_MONEY: 480.0}, clock)
    shares = []
    for number in range(1, 5):
        shares.append(spending.share(4, coming=9))
        spending.begin(toy_trial(number), promised=shares[-1])
    assert shares == [pytest.approx(120)] * 4
    assert spending.exhausted() is StopReason.BUDGET_MONEY
    clock.now += 50
    assert spending.exhausted() is StopReason.BUDGET_MONEY
    spending.end(toy_trial(2))
    assert spending.exhausted() is None
    assert spending.share(4, coming=9) == pytest.approx(70)


def test_places_that_nobody_will_take_get_nothing(clock):
    """The last two trials of eight places share all that is left; the only place has all of it."""
    spending = Spending({StopReason.BUDGET_MONEY: 480.0}, clock)
    assert spending.share(8, coming=2) == pytest.approx(240)
    assert spending.share(1, coming=9) == pytest.approx(480)


def test_who_runs_on_beyond_a_promise_takes_from_what_is_free(clock):
    """A promise is never worth less than nothing."""
    spending = Spending({StopReason.BUDGET_MONEY: 100.0}, clock)
    spending.begin(toy_trial(1), promised=10.0)
    clock.now += 30
    assert (spending.left(), spending.used()) == (pytest.approx(70), pytest.approx(30))
    assert spending.share(2, coming=9) == pytest.approx(70)


def test_a_trial_that_goes_on_is_not_paid_twice(clock):
    """Its earlier seconds were counted when it was paused."""
    spending = Spending({StopReason.BUDGET_MONEY: 60.0}, clock)
    for _ in range(2):
        spending.begin(toy_trial(1))
        clock.now += 10
        spending.end(toy_trial(1))
    assert spending.left() == pytest.approx(40)


def test_what_an_earlier_process_spent_counts_and_probes_do_not(clock, ended_trial):
    """Seconds of the rows; rung 0 is free."""
    spending = Spending({StopReason.BUDGET_MONEY: 60.0}, clock)
    spending.adopt([ended_trial(1, [0.5], seconds=15.0), ended_trial(2, [0.5], seconds=9.0, origin="probe")])
    assert spending.left() == pytest.approx(45)


def test_a_budget_in_seconds_of_trials():
    """Known answers: 2.70 at 1.80 an hour are 5400 s; a quarter is kept, 50 s were spent, half a GPU is held."""
    budget = Budget(gpu_seconds=600.0, money=2.70, price_per_device_hour=1.80)
    limits = budget.trial_seconds(gpus=0.5, cpus=4.0, spent=50.0, kept=0.25)
    assert limits == pytest.approx({StopReason.BUDGET_GPU_SECONDS: 800.0, StopReason.BUDGET_MONEY: 8000.0})


def test_without_a_gpu_processors_are_paid_for():
    """And GPU-seconds limit nothing."""
    budget = Budget(gpu_seconds=600.0, money=1.0, price_per_device_hour=1.0)
    assert budget.trial_seconds(gpus=0.0, cpus=2.0, spent=0.0, kept=0.0) == {StopReason.BUDGET_MONEY: 1800.0}
    assert Budget().trial_seconds(gpus=1.0, cpus=1.0, spent=0.0, kept=0.0) == {}
