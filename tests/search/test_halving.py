"""Successive halving on obvious curves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.search.halving import SuccessiveHalving


def test_a_clearly_worse_trial_is_stopped_and_a_clearly_better_one_never():
    """Known answer: median of (0.8, 0.9) is 0.85."""
    halving = SuccessiveHalving()
    assert halving.keeps("a", 1, 0.8)
    assert halving.keeps("b", 1, 0.9)
    assert not halving.keeps("c", 1, 0.84)
    assert halving.keeps("d", 1, 0.95)


def test_the_first_trials_of_a_rung_pass():
    """With nothing to compare with, nobody is stopped."""
    halving = SuccessiveHalving(patience=3)
    assert all(halving.keeps(name, 3, merit) for name, merit in (("a", 1.0), ("b", 0.0), ("c", -1.0)))
    assert not halving.keeps("d", 3, -2.0)


def test_the_last_rung_and_ties_pass():
    """A trial that is two thirds done is not stopped, nor one that is exactly at the cut."""
    halving = SuccessiveHalving(patience=1)
    assert halving.keeps("a", 6, 1.0)
    assert halving.keeps("b", 6, 0.0)
    assert halving.keeps("a", 1, 0.5)
    assert halving.keeps("b", 1, 0.5)


def test_minus_infinity_is_stopped():
    """A point without a figure is worse than any."""
    halving = SuccessiveHalving(patience=1)
    halving.keeps("a", 1, 0.1)
    assert not halving.keeps("b", 1, -np.inf)


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=30))
def test_the_best_so_far_always_goes_on(merits):
    """Property: no order of arrivals stops a trial that beats all before it."""
    halving, best = SuccessiveHalving(), -np.inf
    for number, merit in enumerate(merits):
        kept = halving.keeps(str(number), 1, merit)
        assert kept or merit < best
        best = max(best, merit)


def test_about_half_of_equal_trials_is_stopped():
    """Known answer: with eta 2 and exchangeable merits the expected share is one half."""
    halving, rng = SuccessiveHalving(), np.random.default_rng(0)
    kept = [halving.keeps(str(number), 1, float(rng.normal())) for number in range(400)]
    assert 0.4 < np.mean(kept) < 0.6


@pytest.mark.parametrize(("options", "message"), [({"eta": 1.0}, "eta"), ({"patience": 0}, "patience")])
def test_nonsense_is_refused(options, message):
    """The text names rule and value."""
    with pytest.raises(ValueError, match=f"{message} must be"):
        SuccessiveHalving(**options)
