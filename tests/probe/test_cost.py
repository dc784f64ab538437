"""The figures of a model's cost, and which models are worth their cost."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.json_codec import from_plain, to_plain
from automl_tl.probe.cost import ModelCost, efficient

POINTS = st.lists(st.tuples(st.integers(-3, 3), st.integers(1, 5)), min_size=1, max_size=8)


def test_an_unmeasured_cost_knows_nothing():
    """Unknown is NaN, never 0: a cost of nothing would win every comparison."""
    cost = ModelCost()
    assert cost.parameters == 0
    assert all(math.isnan(value) for value in (cost.flops, cost.latency_ms, cost.trial_seconds))


def test_unknown_figures_survive_a_file():
    """JSON has no NaN, so they travel as null."""
    plain = to_plain(ModelCost(parameters=5, flops=1e9, notes={"latency_ms": "no time left"}))
    back = from_plain(ModelCost, plain)
    assert plain["latency_ms"] is None
    assert (back.parameters, back.flops, back.notes["latency_ms"]) == (5, 1e9, "no time left")
    assert math.isnan(back.latency_ms)


@pytest.mark.parametrize(
    ("scores", "costs", "expected"),
    [
        ([3.0, 2.0, 1.0], [9.0, 4.0, 1.0], (True, True, True)),
        ([3.0, 2.0, 1.0], [1.0, 4.0, 9.0], (True, False, False)),
        ([3.0, 2.0, 2.5], [9.0, 4.0, 4.0], (True, False, True)),
        ([2.0, 2.0], [4.0, 4.0], (True, True)),
        ([3.0, 2.0], [math.nan, 4.0], (False, True)),
        ([math.nan, 2.0], [1.0, 4.0], (False, True)),
        ([], [], ()),
    ],
)
def test_known_fronts(scores, costs, expected):
    """Worked out by hand, with ties and unknown figures."""
    assert efficient(scores, costs) == expected


@given(POINTS)
def test_the_front_beats_everything_else(points):
    """Nobody on the front is beaten by anybody; whoever is not on it is beaten by somebody on it."""
    scores, costs = zip(*points, strict=True)
    marks = efficient(scores, costs)
    front = [point for point, marked in zip(points, marks, strict=True) if marked]
    assert front
    for (score, cost), marked in zip(points, marks, strict=True):
        beaten = any(s >= score and c <= cost and (s, c) != (score, cost) for s, c in front)
        assert beaten is not marked


@given(POINTS, st.randoms())
def test_the_order_of_models_does_not_matter(points, random):
    """The same models are marked however they are listed."""
    shuffled = random.sample(points, len(points))
    before = dict(zip(points, efficient(*zip(*points, strict=True)), strict=True))
    assert efficient(*zip(*shuffled, strict=True)) == tuple(before[point] for point in shuffled)
