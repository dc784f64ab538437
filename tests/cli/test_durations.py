"""Durations and budgets read the way people type them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.cli.durations import format_duration, parse_budget, parse_duration
from automl_tl.errors import SpecError


@pytest.mark.parametrize(
    ("text", "seconds"), [("120s", 120), ("2m", 120), ("1.5h", 5400), ("1d", 86400), ("90", 90), (".5m", 30)]
)
def test_known_durations(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "2 m x", "-1s", "1e3s", "0s", "2w", "inf", "nan"])
def test_other_durations_are_refused_with_their_text(text):
    with pytest.raises(SpecError, match="duration must be"):
        parse_duration(text)


@given(st.integers(1, 10**6), st.sampled_from("smhd"))
def test_a_duration_is_its_number_times_its_unit(number, unit):
    assert parse_duration(f"{number}{unit}") == number * {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]


@given(st.text(max_size=12))
def test_any_text_is_a_positive_duration_or_a_worded_error(text):
    with suppress(SpecError):
        assert parse_duration(text) > 0


@pytest.mark.parametrize(
    ("seconds", "text"), [(7.54, "7.5s"), (42.2, "42s"), (59.99, "1m 00s"), (125, "2m 05s"), (5400, "1h 30m")]
)
def test_durations_for_people(seconds, text):
    assert format_duration(seconds) == text


def test_a_budget_names_its_limits():
    assert parse_budget("wall=120s,trials=20") == {"wall_seconds": 120.0, "trials": 20}
    assert parse_budget("trials=3") == {"trials": 3}
    assert parse_budget(" wall = 2m ") == {"wall_seconds": 120.0}
    assert parse_budget("gpu=10m,money=2.50,price=1.80") == {
        "gpu_seconds": 600.0,
        "money": 2.5,
        "price_per_device_hour": 1.8,
    }


@given(st.integers(1, 99_999), st.integers(1, 99_999))
def test_the_order_of_a_budget_does_not_matter(wall, trials):
    assert parse_budget(f"wall={wall}s,trials={trials}") == parse_budget(f"trials={trials},wall={wall}s")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "budget"),
        ("trials", "budget"),
        ("devices=3", "budget"),
        ("money=3", "budget"),
        ("money=free,price=1", "budget.money"),
        ("money=1,price=0", "budget.price"),
        ("money=-1,price=1", "budget.money"),
        ("gpu=0s", "budget.gpu"),
        ("wall=1s,wall=2s", "budget"),
        ("trials=0", "budget.trials"),
        ("trials=2.5", "budget.trials"),
        ("trials=²", "budget.trials"),
        ("wall=soon", "budget.wall"),
        ("trials=3,", "budget"),
    ],
)
def test_other_budgets_are_refused_at_their_field(text, field):
    with pytest.raises(SpecError) as caught:
        parse_budget(text)
    assert caught.value.field == field
