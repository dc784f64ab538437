"""What is tried first."""

import pytest

from automl_tl.search.portfolio import by_gain_per_second, starts
from automl_tl.search.space import Situation
from automl_tl.search.space_reader import parse_space

SPACE = parse_space("""
modality: image
strategies:
  full_finetune:
    warmup: {kind: float, low: 0.0, high: 0.5, default: 0.1}
  linear_probe:
    when: {classes: {below: 5}}
    inverse_regularisation: {kind: log_float, low: 1e-2, high: 1e+2, default: 1}
portfolio:
  - strategy: full_finetune
  - {strategy: full_finetune, warmup: 0.2}
  - {strategy: full_finetune, warmup: 0.3, when: {family: vit}}
  - {strategy: linear_probe}
""")
PLAIN, VIT = Situation("resnet", 1, 100, 10), Situation("vit", 1, 100, 10)


def test_models_come_before_recipes_along_the_diagonals():
    """a1, b1, a2, c1, ...: every model gets its first recipe before any gets its third."""
    order = [
        (start.model, start.parameters["warmup"]) for start in starts(SPACE, ["a", "b"], {"a": PLAIN, "b": PLAIN})
    ]
    assert order == [("a", 0.1), ("b", 0.1), ("a", 0.2), ("b", 0.2)]


def test_recipes_and_strategies_are_left_out_where_their_condition_fails():
    """Only the ViT gets the third recipe; nobody the probe, which wants fewer classes."""
    every = list(starts(SPACE, ["a", "v"], {"a": PLAIN, "v": VIT}))
    assert [start.model for start in every if start.parameters["warmup"] == 0.3] == ["v"]
    assert {start.strategy for start in every} == {"full_finetune"}
    assert every[0].model == "a"


def test_no_model_no_start():
    """An empty order gives nothing."""
    assert list(starts(SPACE, [], {})) == []


@pytest.mark.parametrize(("cost", "first"), [(19.0, "a"), (400.0, "b")])
def test_only_a_large_difference_of_cost_outweighs_a_small_one_of_promise(cost, first):
    """Costs are predictions: 1.9 times as cheap is as cheap, forty times is cheaper."""
    ordered = by_gain_per_second(
        SPACE,
        ["a", "b"],
        {"a": PLAIN, "b": PLAIN},
        weights={"a": 0.6, "b": 0.4},
        seconds=lambda start: cost if start.model == "a" else 10.0,
    )
    assert ordered[0].model == first


def test_a_cheap_run_is_no_bargain():
    """The one that promises most comes first although it costs as much as the other's thirty."""
    cost = {"a": 32.0, "b": 64.0, "c": 1.0}
    ordered = by_gain_per_second(
        SPACE,
        ["a", "b", "c"],
        dict.fromkeys("abc", PLAIN),
        weights={"a": 0.4, "b": 0.3, "c": 0.3},
        seconds=lambda start: cost[start.model],
    )
    assert [start.model for start in ordered[:3]] == ["a", "b", "c"]
