"""Dataclasses survive the way to JSON text and back."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import numpy as np
import pytest
from numpy.typing import NDArray

from automl_tl.errors import InvalidInput
from automl_tl.json_codec import from_plain, to_plain


class Colour(StrEnum):
    RED = "RED"


@dataclass(frozen=True)
class Leaf:
    value: float
    name: str = "leaf"


@dataclass(frozen=True)
class Tree:
    leaves: tuple[Leaf, ...]
    by_name: Mapping[str, float | None]
    array: NDArray[np.float64]
    picture: bytes | None
    grid: tuple[int, int] | None
    colour: Colour
    parameters: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    flag: bool = False


def test_a_nested_dataclass_survives_json_text():
    """Every kind of field comes back equal; NaN travels as null."""
    tree = Tree(
        leaves=(Leaf(1.5), Leaf(float("nan"), "x")),
        by_name={"a": None, "b": 2.0},
        array=np.arange(6, dtype=np.float64).reshape(2, 3),
        picture=b"\x89PNG",
        grid=(7, 8),
        colour=Colour.RED,
        parameters={"lr": 1e-3, "n": 3, "flag": True, "mode": "light"},
        flag=True,
    )
    back = from_plain(Tree, json.loads(json.dumps(to_plain(tree), allow_nan=False)))
    assert back.leaves[0] == tree.leaves[0]
    assert math.isnan(back.leaves[1].value)
    assert np.array_equal(back.array, tree.array)
    assert back.array.dtype == np.float64
    assert (back.by_name, back.picture, back.grid, back.colour) == (tree.by_name, b"\x89PNG", (7, 8), Colour.RED)
    assert back.parameters == tree.parameters
    assert back.parameters["flag"] is True


def test_unknown_keys_are_ignored_and_defaults_fill_in():
    """A newer file can be read as far as it is understood."""
    assert from_plain(Leaf, {"value": 1, "future": 2}) == Leaf(1.0)


@pytest.mark.parametrize("plain", [{}, {"value": "1"}, {"value": 1.0, "name": 3}, [], {"value": True}])
def test_what_does_not_fit_is_named(plain):
    """The message names the field that breaks the rule."""
    with pytest.raises(InvalidInput, match="Leaf"):
        from_plain(Leaf, plain)


def test_an_unknown_object_is_refused():
    """Nothing is written by its repr in silence."""
    with pytest.raises(TypeError, match="object"):
        to_plain(object())


def test_a_time_keeps_its_zone():
    """None stays None, and text that is no time is named."""

    @dataclass(frozen=True)
    class Event:
        at: datetime | None

    noon = Event(datetime(2026, 1, 1, 12, tzinfo=UTC))
    assert to_plain(noon) == {"at": "2026-01-01T12:00:00+00:00"}
    assert from_plain(Event, to_plain(noon)) == noon
    assert from_plain(Event, {"at": None}) == Event(None)
    with pytest.raises(InvalidInput, match=r"Event\.at .* 'noon'"):
        from_plain(Event, {"at": "noon"})
