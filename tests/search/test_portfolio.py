"""What is tried first."""

from automl_tl.search.portfolio import starts
from automl_tl.search.space import Situation
from automl_tl.search.space_reader import parse_space

SPACE = parse_space("""
modality: image
strategies:
  full_finetune:
    warmup: {kind: float, low: 0.0, high: 0.5, default: 0.1}
  linear_probe:
    when: {classes: {below: 5}}
    warmup: {kind: float, low: 0.0, high: 0.5, default: 0.1}
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
