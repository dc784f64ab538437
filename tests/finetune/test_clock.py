"""The clock stops a run early enough for its last look."""

from __future__ import annotations

import math

from automl_tl.finetune.clock import Clock


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
