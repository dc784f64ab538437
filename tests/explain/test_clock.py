"""Clocks that end early."""

import math

import pytest

from automl_tl.errors import DeadlineReached
from automl_tl.explain.clock import limited, require_time


def test_the_sooner_end_counts():
    """A share never outlasts the whole."""
    assert limited(lambda: 2.0, 100.0)() == 2.0
    assert 99.0 < limited(lambda: math.inf, 100.0)() <= 100.0
    assert limited(lambda: math.inf, math.inf)() == math.inf
    assert limited(lambda: 5.0, -1.0)() < 0


def test_no_time_is_said_for_what():
    """A moment is enough to begin."""
    require_time(lambda: 0.001, "one more step")
    with pytest.raises(DeadlineReached, match="no time is left for one more step"):
        require_time(lambda: 0.0, "one more step")
