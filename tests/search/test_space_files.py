"""The spaces that ship with the project."""

from pathlib import Path

import pytest

from automl_tl.errors import SearchSpaceError
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.base import strategies
from automl_tl.search.portfolio import starts
from automl_tl.search.space import Situation
from automl_tl.search.space_files import load_space, space_directory, space_names
from automl_tl.search.space_reader import parse_space

SITUATIONS = [
    Situation(family, size, examples, classes)
    for family in ("resnet", "vit", "bert", "")
    for size in (0, 200_000, 5_000_000, 86_000_000)
    for examples, classes in ((20, 2), (200, 10), (100_000, 100))
]


def test_there_is_one_for_each_modality():
    """A modality's default space has its name."""
    assert {"image", "text"} <= set(space_names())
    assert (space_directory() / "image.yaml").is_file()


@pytest.mark.parametrize("name", space_names())
def test_every_shipped_space_fits_every_situation(name):
    """Whatever model and data come, there is a strategy, a full recipe to start from, and only known names."""
    space = load_space(name)
    assert {strategy.name for strategy in space.strategies} <= set(strategies.names())
    for situation in SITUATIONS:
        active = space.active_strategies(situation)
        assert active
        for strategy in active:
            assert {entry.name for entry in strategy.active(situation)} <= set(
                strategies.get(strategy.name).parameters
            )
        for start in starts(space, ["m"], {"m": situation}):
            Recipe.from_parameters(start.strategy, start.parameters)
        assert list(starts(space, ["m"], {"m": situation}))


def test_small_backbones_get_larger_rates_than_large_ones():
    """0.3 million parameters start at least ten times higher than a ViT-B."""
    space = load_space("", modality="image")
    small, large = Situation("resnet", 300_000, 200, 10), Situation("vit", 86_000_000, 200, 10)
    first = {
        name: next(iter(starts(space, ["m"], {"m": situation}))).parameters["learning_rate"]
        for name, situation in (("small", small), ("large", large))
    }
    assert first["small"] >= 10 * first["large"]


def test_an_unknown_space_is_refused_with_the_known_names():
    """The message lists what there is."""
    with pytest.raises(SearchSpaceError, match="must be one of image, image_all, text, text_all but got 'sound'"):
        load_space("sound")


def test_a_space_for_other_data_is_refused():
    """An image space does not fit text."""
    with pytest.raises(SearchSpaceError, match="is for image data but the dataset is text"):
        load_space("image", modality="text")


@pytest.mark.parametrize("modality", ["image", "text"])
def test_the_space_of_all_strategies_holds_the_default_one(modality):
    """What both files describe, they describe alike; together they know every strategy."""
    default, whole = load_space(modality), load_space(f"{modality}_all", modality=modality)
    for strategy in default.strategies:
        assert whole.strategy(strategy.name) == strategy
    known = {strategy.name for strategy in whole.strategies}
    assert known == set(strategies.names()) - ({"contrastive"} if modality == "image" else set())
    assert known == {entry.strategy for entry in whole.portfolio} | {"linear_probe"}


def test_the_page_on_strategies_names_every_one_and_its_example_is_a_space():
    """docs/strategies.md is read by people who write a space of their own."""
    page = (Path(__file__).parents[2] / "docs" / "strategies.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in page for name in strategies.names())
    example = parse_space(page.split("```yaml\n")[1].split("```")[0])
    assert {strategy.name for strategy in example.strategies} <= set(strategies.names())
