"""Who goes on: the best, and whom the examples cannot tell apart, as far as the budget goes."""

from __future__ import annotations

import numpy as np
import pytest

from automl_tl.pipeline.probing.halving import narrow, standings, within


def answers(rng: np.random.Generator, shares, n: int) -> dict[str, np.ndarray]:
    """Return right or wrong for every candidate on the same examples."""
    return {f"m{i}": (rng.random(n) < share).astype(float) for i, share in enumerate(shares)}


def test_the_standard_error_is_the_paired_one_of_what_is_not_seen_yet():
    """Known answer: differences of 20 examples, a quarter of all."""
    first, second = np.tile([1.0, 1.0, 0.0, 1.0], 5), np.tile([1.0, 0.0, 0.0, 1.0], 5)
    found = standings({"a": first, "b": second}, places=1, total=80)
    gaps = first - second
    spread = np.sqrt((np.square(gaps - gaps.mean()).sum() + 1.0) / 19)
    assert found.models == ("a", "b")
    assert found.differences == pytest.approx([0.0, 0.25])
    assert found.errors[1] == pytest.approx(spread * np.sqrt(1 / 20 - 1 / 80))


def test_weighted_examples_count_by_their_weights_and_make_the_error_larger():
    """Known answer: one rare example of four weighs as much as the three others; both agree on it."""
    weights = np.array([2.0, 2 / 3, 2 / 3, 2 / 3])
    first, second = np.array([1.0, 1.0, 1.0, 0.0]), np.array([1.0, 1.0, 0.0, 0.0])
    found = standings({"a": first, "b": second}, places=1, total=8, weights=weights)
    assert found.merits == pytest.approx([5 / 6, 4 / 6])
    gaps = weights * (first - second)
    spread = np.sqrt((np.square(gaps - gaps.mean()).sum() + 4 / 3) / 3)
    assert found.errors[1] == pytest.approx(spread * np.sqrt(1 / 4 - 1 / 8))


def test_on_all_examples_nothing_is_uncertain():
    """The difference is then what it is."""
    found = standings({"a": np.array([1.0, 0.0, 1.0]), "b": np.array([1.0, 0.0, 0.0])}, places=1, total=3)
    assert found.errors == pytest.approx([0.0, 0.0])
    assert found.clearly_behind().tolist() == [False, True]


def test_the_last_of_the_places_that_count_is_what_others_are_compared_with():
    """With three places the third one; with fewer candidates the last."""
    shown = answers(np.random.default_rng(0), (0.9, 0.5, 0.7, 0.2), 200)
    assert standings(shown, places=3, total=400).leader == 2
    assert standings(shown, places=9, total=400).models == ("m0", "m2", "m1", "m3")
    assert standings(shown, places=9, total=400).leader == 3


def test_clear_losers_leave_and_ties_stay():
    """Of eight, the one close to the third place stays although the better half is full."""
    shares = [0.9, 0.89, 0.88, 0.87, 0.86, 0.3, 0.3, 0.3]
    found = standings(answers(np.random.default_rng(1), shares, 300), places=3, total=3000)
    kept, left = narrow(found, dict.fromkeys(found.models, 1.0), budget=100.0, at_least=3)
    assert set(kept) == {f"m{i}" for i in range(5)}
    assert set(left.values()) == {"behind"}


def test_the_budget_ends_ties_in_the_order_of_standing():
    """The places that count go on whatever they cost; a dear candidate makes room for the next."""
    shown = {f"m{i}": np.tile([1.0, 0.0], 50) for i in range(12)}
    found = standings(shown, places=3, total=1000)
    costs = {model: 50.0 if model in ("m0", "m4") else 1.0 for model in found.models}
    kept, left = narrow(found, costs, budget=55.0, at_least=3)
    assert kept == ("m0", "m1", "m2", "m3", "m5", "m6")
    assert left["m4"] == "budget"


def test_the_sentence_says_how_far_behind_on_how_many_examples():
    """It stands in the ranking."""
    found = standings({"a": np.ones(64), "b": np.tile([1.0, 0.0], 32)}, places=1, total=400)
    behind = str(found.departure("b", 64, 400, "behind"))
    assert behind.startswith("left after 64 of 400 examples: 0.500 right, place 2 of 2, 0.500 ± ")
    assert behind.endswith(" behind a")
    numbers = standings({"a": np.ones(64), "b": np.zeros(64)}, places=1, total=400, figure="explained")
    assert "0.000 explained" in str(numbers.departure("b", 64, 400, "behind"))
    assert "used up" in str(found.departure("b", 64, 400, "budget"))


def test_who_stands_in_front_but_takes_too_long_is_not_called_behind():
    """The sentence says how much time would have been needed."""
    found = standings({"a": np.ones(64), "b": np.tile([1.0, 0.0], 32)}, places=2, total=400)
    text = str(found.departure("a", 64, 400, "time", 83.2))
    assert text == (
        "left after 64 of 400 examples: 1.000 right, place 1 of 2; "
        "probing it in full takes about 83 seconds, which were not left"
    )


def test_what_does_not_fit_into_the_time_makes_room_for_what_does():
    """In the given order."""
    assert within(("a", "b", "c"), {"a": 5.0, "b": 6.0, "c": 4.0}, 10.0) == ("a", "c")
    assert within(("a",), {"a": 5.0}, -1.0) == ()
