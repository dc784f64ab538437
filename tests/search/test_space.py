"""What a search space means."""

import pytest

from automl_tl.search.space import (
    Bounds,
    Condition,
    Parameter,
    PortfolioRecipe,
    SearchSpace,
    Situation,
    StrategySpace,
)
from automl_tl.zoo.card import ImageInput, ModelCard

SMALL = Situation("resnet", 300_000, 200, 10)
LARGE = Situation("vit", 86_000_000, 200, 10)
UNKNOWN = Situation("resnet", 0, 200, 10)


def rate(key, low, high, default, when=None):
    return Parameter(key, "learning_rate", "log_float", default, low=low, high=high, when=when or Condition())


SPACE = SearchSpace(
    "mine",
    "image",
    (
        StrategySpace(
            "full_finetune",
            (
                rate("a", 1e-3, 1e-2, 2e-3, Condition(model_parameters=Bounds(below=2e6))),
                rate("b", 1e-5, 1e-4, 3e-5),
                Parameter("c", "batch_size", "categorical", 16, choices=(16, 32)),
            ),
        ),
        StrategySpace("linear_probe", (), Condition(examples_per_class=Bounds(below=10))),
    ),
)


def test_the_first_range_whose_condition_holds_counts():
    """Small models get the first range, others the second; a name is never drawn twice."""
    strategy = SPACE.strategy("full_finetune")
    assert [entry.key for entry in strategy.active(SMALL)] == ["a", "c"]
    assert [entry.key for entry in strategy.active(LARGE)] == ["b", "c"]


def test_bounds_on_size_never_hold_for_a_model_of_unknown_size():
    """A card without a parameter count falls through to the range for all."""
    assert [entry.key for entry in SPACE.strategy("full_finetune").active(UNKNOWN)] == ["b", "c"]


def test_strategies_are_left_out_where_their_condition_fails():
    """The probe is searched only with few examples per class."""
    assert [strategy.name for strategy in SPACE.active_strategies(SMALL)] == ["full_finetune"]
    scarce = Situation("resnet", 300_000, 50, 10)
    assert [strategy.name for strategy in SPACE.active_strategies(scarce)] == ["full_finetune", "linear_probe"]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Condition(), True),
        (Condition(families=("vit", "resnet")), True),
        (Condition(families=("vit",)), False),
        (Condition(train_examples=Bounds(200, 201)), True),
        (Condition(train_examples=Bounds(below=200)), False),
        (Condition(classes=Bounds(at_least=11)), False),
        (Condition(imbalance=Bounds(below=1.1)), True),
        (Condition(imbalance=Bounds(at_least=3)), False),
        (Condition(families=("resnet",), classes=Bounds(at_least=11)), False),
    ],
)
def test_every_part_of_a_condition_must_hold(condition, holds):
    """Bounds include their lower end and exclude their upper one."""
    assert condition.holds(SMALL) is holds


def test_recipes_are_completed_with_defaults_and_moved_into_the_range_that_applies():
    """A rate meant for small models is clipped for a large one."""
    entry = PortfolioRecipe("full_finetune", {"learning_rate": 5e-3})
    assert SPACE.complete(entry, SMALL) == {"learning_rate": 5e-3, "batch_size": 16}
    assert SPACE.complete(entry, LARGE) == {"learning_rate": 1e-4, "batch_size": 16}


def test_nearest_keeps_types():
    """Whole numbers stay whole, a foreign choice becomes the default."""
    updates = Parameter("u", "updates", "int", 100, low=50, high=200)
    assert updates.nearest(500) == 200
    assert isinstance(updates.nearest(500), int)
    assert SPACE.strategy("full_finetune").parameters[2].nearest(64) == 16


def test_a_situation_comes_from_a_card():
    """Family and size are the card's."""
    card = ModelCard("starter", "m", "image", "resnet18", "resnet", ImageInput(), parameters=300_000)
    assert Situation.of(card, train_examples=200, classes=10) == SMALL


def test_what_does_not_hold_is_told_as_rule_and_value():
    """Every part that is broken, in words; nothing of those that hold."""
    condition = Condition(
        families=("vit", "deit"), model_parameters=Bounds(1e6, 1e8), train_examples=Bounds(at_least=100)
    )
    assert condition.broken(LARGE) == ()
    assert condition.broken(UNKNOWN) == (
        "family must be vit or deit but is resnet",
        "model_parameters must be at least 1e+06 and below 1e+08 but is unknown",
    )
    (rule,) = Condition(examples_per_class=Bounds(below=10)).broken(SMALL)
    assert rule == "examples_per_class must be below 10 but is 20"
