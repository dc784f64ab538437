"""Successive halving on obvious curves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.search.halving import SuccessiveHalving


def test_half_of_a_rung_goes_on():
    """Known answer: of three, two may go on (half, rounded up); the third is paused."""
    halving = SuccessiveHalving()
    assert halving.keeps("a", 3, 0.8)
    assert not halving.keeps("b", 3, 0.7)
    assert halving.keeps("c", 3, 0.75)
    assert not halving.keeps("d", 3, 0.74)


def test_the_first_rung_pauses_only_what_is_clearly_behind():
    """Of five at a ninth of the run, four go on."""
    halving = SuccessiveHalving()
    for name, merit in (("a", 0.8), ("b", 0.7), ("c", 0.75), ("d", 0.74)):
        assert halving.keeps(name, 1, merit)
    assert not halving.keeps("e", 1, 0.3)


def test_the_last_rung_and_ties_pass():
    """A trial that is two thirds done is not paused, nor one that is as good as the last that goes on."""
    halving = SuccessiveHalving()
    assert halving.keeps("a", 6, 1.0)
    assert halving.keeps("b", 6, 0.0)
    assert halving.keeps("a", 3, 0.5)
    assert halving.keeps("b", 3, 0.5)


def test_a_paused_trial_is_promoted_when_the_rung_has_grown():
    """b is second of two at first, then second of three: it goes on, once."""
    halving = SuccessiveHalving()
    assert halving.keeps("a", 3, 0.8)
    assert not halving.keeps("b", 3, 0.7)
    halving.pause("b")
    assert halving.promotable() is None
    assert not halving.keeps("c", 3, 0.6)
    halving.pause("c")
    assert halving.promotable() == "b"
    halving.drop("b")
    assert halving.promotable() is None


def test_the_highest_rung_is_promoted_first_and_there_the_best():
    """What is nearest to its end comes first."""
    halving = SuccessiveHalving(eta=1.01, first_eta=1.01)
    for name, rung, merit in (("a", 1, 0.9), ("b", 3, 0.5), ("c", 3, 0.6)):
        halving.record(name, rung, merit)
        halving.pause(name)
    order = []
    while (name := halving.promotable()) is not None:
        order.append(name)
        halving.drop(name)
    assert order == ["c", "b", "a"]


def test_minus_infinity_never_goes_on():
    """A point without a figure is worse than any."""
    halving = SuccessiveHalving()
    assert not halving.keeps("b", 1, -np.inf)
    halving.pause("b")
    assert halving.promotable() is None


def test_what_has_reached_no_rung_cannot_be_promoted():
    """There is nothing to go on from."""
    halving = SuccessiveHalving()
    halving.pause("a")
    assert halving.promotable() is None


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=30))
def test_the_best_so_far_always_goes_on(merits):
    """Property: no order of arrivals pauses a trial that beats all before it."""
    halving, best = SuccessiveHalving(), -np.inf
    for number, merit in enumerate(merits):
        kept = halving.keeps(str(number), 3, merit)
        assert kept or merit < best
        best = max(best, merit)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30, unique=True))
def test_with_promotion_the_order_of_arrival_decides_nothing(merits):
    """Property: whoever arrives when, in the end exactly the best half has passed the rung, or more."""
    halving, passed = SuccessiveHalving(), set()
    for number, merit in enumerate(merits):
        if halving.keeps(str(number), 3, merit):
            passed.add(number)
        else:
            halving.pause(str(number))
    while (name := halving.promotable()) is not None:
        halving.drop(name)
        passed.add(int(name))
    best = sorted(range(len(merits)), key=lambda number: -merits[number])[: -(-len(merits) // 2)]
    assert set(best) <= passed


@pytest.mark.parametrize("name", ["eta", "first_eta"])
def test_nonsense_is_refused(name):
    """The text names rule and value."""
    with pytest.raises(ValueError, match=f"{name} must be above 1 but got 1"):
        SuccessiveHalving(**{name: 1.0})


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.floats(allow_nan=True)), max_size=30))
def test_a_merit_that_is_recorded_anew_replaces_the_old_one(records):
    """Any order of records, infinities and NaN among them, decides as the last merit of each trial alone does."""
    one, other = SuccessiveHalving(), SuccessiveHalving()
    for name, merit in records:
        one.record(name, 3, merit)
        one.pause(name)
    for name, merit in dict(records).items():
        other.record(name, 3, merit)
        other.pause(name)
    assert one.promotable() == other.promotable()
