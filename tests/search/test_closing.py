"""What must follow the search has its time."""

import math
from dataclasses import replace

import pytest

from automl_tl.search.budget import Deadline, StopReason
from automl_tl.search.closing import Closing, Kept
from automl_tl.testing.runner import toy_trial


def closing(clock, **changes):
    return Closing(Deadline.after(100.0, clock=clock), **changes)


def test_without_a_limit_everything_is_allowed(clock):
    """Infinity is left, whatever the best trial took."""
    free = Closing(Deadline(None, clock))
    assert (free.left(None), free.allowance()) == (math.inf, math.inf)


def test_the_best_trial_can_be_trained_again(clock, ended_trial):
    """Point k of the curve came at second k: up to the best one counts, here the second of three."""
    best = ended_trial(1, [0.5, 0.9, 0.7])
    assert closing(clock).needed(best) == pytest.approx(1.2)
    assert closing(clock, fixed=5.0).left(best) == pytest.approx(93.8)
    assert closing(clock, fixed=5.0).left(None) == pytest.approx(95)


def test_looks_are_not_repeated(clock, ended_trial):
    """Half a second of each second went into validation."""
    best = ended_trial(1, [0.5, 0.9, 0.7])
    slow = replace(best, curve=tuple(replace(point, looks=point.seconds / 2) for point in best.curve))
    assert closing(clock).needed(slow) == pytest.approx(0.6)


def test_an_untrained_start_takes_no_time(clock, ended_trial):
    """A linear probe is fitted on all rows in no time, and so is a run that never got better than its probe."""
    best = ended_trial(1, [0.5, 0.4])
    start = replace(best.curve[0], update=0, seconds=50.0)
    assert closing(clock).needed(replace(best, curve=(start, *best.curve[1:]))) == 0.0


def test_the_choice_has_time_where_it_does_not_cost_the_search_too_much(clock, ended_trial):
    """As many folds, each as long as retraining, as 45 % of the whole allow."""
    best = ended_trial(1, [0.5, 0.9])
    for whole, folds in ((100.0, 3), (5.4, 2), (2.6, 0), (math.inf, 3)):
        assert closing(clock, folds=3, whole=whole).needed(best) == pytest.approx(1.2 * (1 + folds))


def test_a_trial_may_run_so_long_that_it_can_be_repeated(clock, ended_trial):
    """What it ran before a pause will be repeated as well."""
    one = closing(clock, fixed=12.0)
    assert one.allowance() == pytest.approx(40)
    assert one.allowance(toy_trial(1)) == pytest.approx(40)
    assert one.allowance(ended_trial(1, [0.5], seconds=55.0)) == pytest.approx(10)
    clock.pass_seconds(95)
    assert one.allowance() == 0.0


def test_a_limit_on_devices_ends_as_trials_use_it_up(clock, ended_trial):
    """Known answers: 80 + 20 s of half a GPU are 50 of fitting on one; 10 were used, 4 x 1.2 must follow."""
    used = [0.0]
    kept = {StopReason.BUDGET_GPU_SECONDS: Kept(20.0, 2.0), StopReason.BUDGET_MONEY: Kept(5.0, 1.0)}
    free = Closing(Deadline(None, clock), folds=3, kept=kept)
    (one,) = free.by_devices({StopReason.BUDGET_GPU_SECONDS: 80.0}, lambda: used[0]).values()
    best = ended_trial(1, [0.5, 0.9])
    clock.pass_seconds(1000)
    assert (one.whole, one.end.remaining()) == (50.0, 50.0)
    assert one.left(None) == pytest.approx(100.0)
    used[0] = 10.0
    assert one.left(replace(best, curve=best.curve[:1])) == pytest.approx(90.0)
    assert one.left(best) == pytest.approx(90.0 - 2 * 4 * 1.2)
    assert one.allowance() == pytest.approx(90 / 3.4)


def test_what_costs_nothing_after_the_search_ends_nothing(clock):
    """A driver without a GPU uses up no GPU time."""
    free = Closing(Deadline(None, clock), kept={StopReason.BUDGET_GPU_SECONDS: Kept(20.0, 0.0)})
    assert free.by_devices({StopReason.BUDGET_GPU_SECONDS: 80.0}, lambda: 0.0) == {}
