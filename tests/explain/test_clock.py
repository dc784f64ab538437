"""Clocks that end early."""

import math

from automl_tl.explain.clock import limited


def test_the_sooner_end_counts():
    """A share never outlasts the whole."""
    assert limited(lambda: 2.0, 100.0)() == 2.0
    assert 99.0 < limited(lambda: math.inf, 100.0)() <= 100.0
    assert limited(lambda: math.inf, math.inf)() == math.inf
    assert limited(lambda: 5.0, -1.0)() < 0
