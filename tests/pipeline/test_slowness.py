"""How busy the machine is."""

import itertools

import pytest

from automl_tl.pipeline.slowness import slowness


def ticking(step):
    """Return a clock that goes on by ``step`` whenever it is looked at."""
    ticks = itertools.count()
    return lambda: next(ticks) * step


@pytest.mark.parametrize(("step", "low", "high"), [(0.001, 1.0, 1.0), (0.004, 1.5, 5.0), (1.0, 6.0, 6.0)])
def test_it_is_wall_time_by_processor_time_within_bounds(step, low, high):
    """Processor time goes on by 2 ms at each look, wall time by less, by more, or by very much more."""
    assert low <= slowness(clock=ticking(step), spent=ticking(0.002)) <= high


def test_a_thread_that_never_gets_a_processor_does_not_wait_for_ever():
    """The work is given up, and the machine called as busy as can be."""
    assert slowness(clock=ticking(0.1), spent=lambda: 0.0) == 6.0
