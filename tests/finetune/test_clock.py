"""The clock stops a run early enough for its last look."""

from __future__ import annotations

import math

from automl_tl.finetune.clock import Clock, no_limit, share_of


class Seconds:
    """A budget that shrinks when told to."""

    def __init__(self, left: float) -> None:
        self.left = left

    def __call__(self) -> float:
        return self.left


def test_without_a_limit_time_never_runs_out():
    assert not Clock(lambda: math.inf, 10).out_of_time()


def test_a_cancelled_run_has_no_time():
    assert Clock(lambda: -math.inf, 10).out_of_time()


def test_time_for_a_look_is_kept_back_once_a_look_was_measured():
    left = Seconds(100.0)
    clock = Clock(left, 1)
    with clock.look():
        left.left -= 20.0
    assert not clock.out_of_time()
    left.left = 20.0
    assert clock.out_of_time()


def test_before_the_first_look_its_cost_is_guessed_from_the_updates():
    left = Seconds(30.0)
    clock = Clock(left, updates_per_look=8)
    assert not clock.out_of_time()
    left.left -= 2.0
    assert not clock.out_of_time()
    left.left = 18.0
    assert clock.out_of_time()


def test_how_many_updates_there_is_time_for_is_foretold_by_typical_ones():
    """The first update is often slow, and a machine that was held up once is not slow for good."""
    left = Seconds(100.0)
    clock = Clock(left, updates_per_look=0)
    assert clock.updates_left() == math.inf
    for seconds in (5.0, 1.0, 1.0, 1.0, 1.0, 1.0):
        assert not clock.out_of_time()
        left.left -= seconds
    assert not clock.out_of_time()
    assert clock.updates_left() == 85.0, "90 s, of which the last update may take 5"


def test_time_for_the_look_after_them_is_not_counted():
    left = Seconds(100.0)
    clock = Clock(left, updates_per_look=8)
    for _ in range(6):
        clock.out_of_time()
        left.left -= 2.0
    assert not clock.out_of_time()
    assert clock.updates_left() == 35.0, "88 s, of which the look takes 16; the last update begins before its time"
    for _ in range(35):
        assert not clock.out_of_time()
        left.left -= 2.0
    assert clock.out_of_time()


def test_an_update_long_ago_keeps_nothing_back():
    left = Seconds(100.0)
    clock = Clock(left, updates_per_look=1)
    for seconds in (10.0, *[1.0] * 87):
        assert not clock.out_of_time()
        left.left -= seconds
    assert left.left == 3.0
    assert not clock.out_of_time()
    left.left = 2.0
    assert clock.out_of_time()


def test_without_a_limit_there_is_time_for_any_number_of_updates():
    clock = Clock(lambda: math.inf, 1)
    assert not clock.out_of_time()
    assert clock.updates_left() == math.inf


def test_a_share_of_the_time_runs_out_first():
    left = Seconds(40.0)
    clock = share_of(left, 0.25)
    assert clock() == 10.0
    left.left = 31.0
    assert clock() == 1.0
    left.left = 29.0
    assert clock() < 0


def test_a_share_of_no_limit_is_no_limit_and_of_no_time_is_none():
    assert share_of(no_limit, 0.25)() == math.inf
    assert share_of(no_limit, 1.0)() == math.inf
    assert share_of(lambda: -5.0, 0.25)() <= 0
    assert share_of(lambda: -math.inf, 0.25)() == -math.inf


def test_a_share_notices_that_somebody_asked_to_stop():
    left = Seconds(40.0)
    clock = share_of(left, 0.25)
    left.left = -math.inf
    assert clock() == -math.inf
