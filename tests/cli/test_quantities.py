"""Limits read the way people type them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.cli.quantities import parse_count, parse_megabytes, parse_milliseconds
from automl_tl.errors import SpecError


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (parse_count, "10M", 10_000_000),
        (parse_count, "1.1m", 1_100_000),
        (parse_count, "250K", 250_000),
        (parse_count, " 7 B ", 7_000_000_000),
        (parse_count, "123456", 123_456),
        (parse_milliseconds, "20ms", 20.0),
        (parse_milliseconds, "0.5s", 500.0),
        (parse_milliseconds, "250us", 0.25),
        (parse_megabytes, "500MB", 500.0),
        (parse_megabytes, "1.5gb", 1500.0),
        (parse_megabytes, "1MiB", 1.048576),
        (parse_megabytes, "2 GiB", 2147.483648),
    ],
)
def test_known_limits(parse, text, value):
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text", "field"),
    [
        *((parse_count, text, "max_parameters") for text in ("", "ten", "10X", "0", "-5", "1.5", "0.5K1", "1e6")),
        *((parse_milliseconds, text, "max_latency") for text in ("20", "20m", "0ms", "-1ms", "inf s", "²ms")),
        *((parse_megabytes, text, "max_memory") for text in ("500", "1M", "0GB", "MB", "nanMB")),
    ],
)
def test_others_are_refused_with_field_and_text(parse, text, field):
    """A latency without a unit could be seconds as well as milliseconds."""
    with pytest.raises(SpecError) as caught:
        parse(text)
    assert caught.value.field == field
    assert repr(text) in caught.value.message


@given(st.integers(1, 10**6), st.sampled_from(["K", "M", "G"]))
def test_a_count_is_its_number_times_its_unit(number, unit):
    assert parse_count(f"{number}{unit}") == number * {"K": 10**3, "M": 10**6, "G": 10**9}[unit]


@given(st.text(max_size=10))
def test_any_text_is_a_positive_number_or_a_worded_error(text):
    for parse in (parse_count, parse_milliseconds, parse_megabytes):
        with suppress(SpecError):
            assert parse(text) > 0
