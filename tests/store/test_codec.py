"""Values survive the trip through text columns."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.store.codec import from_json, from_seconds, to_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_json_comes_back_as_it_was(value):
    assert from_json(to_json(value)) == value


def test_a_diverged_loss_stays_not_a_number():
    assert math.isnan(from_json(to_json({"loss": float("nan")}))["loss"])


def test_numpy_scalars_become_numbers():
    assert from_json(to_json([np.float32(0.5), np.int64(3), np.bool_(True)])) == [0.5, 3, True]


def test_other_objects_are_refused():
    with pytest.raises(TypeError, match="object cannot be stored"):
        to_json(object())


def test_equal_values_give_equal_text_whatever_the_order_of_keys():
    assert to_json({"b": 1, "a": 2}) == to_json({"a": 2, "b": 1})


def test_times_are_utc():
    assert from_seconds(0.0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert from_seconds(None) is None
