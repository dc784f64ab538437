"""The table of recipes."""

import pytest

from automl_tl.errors import NotFound
from automl_tl.zoo.starter.image_sources.base import image_sources
from automl_tl.zoo.starter.recipes import RECIPES, recipe
from automl_tl.zoo.starter.text_sources.base import text_sources


@pytest.mark.parametrize("name", list(RECIPES))
def test_names_say_source_and_family(name):
    """``glyphs-resnet`` is a ResNet trained on glyphs, and the domain exists."""
    plan = recipe(name)
    assert name == f"{plan.source}-{plan.family}"
    assert plan.source in (image_sources if plan.modality == "image" else text_sources)


@pytest.mark.parametrize("name", [name for name in RECIPES if RECIPES[name].modality == "text"])
def test_text_recipes_say_how_to_cut_words(name):
    """A vocabulary, a length that the positions allow, and masked words."""
    plan = recipe(name)
    assert plan.vocabulary >= 1000
    assert 16 <= plan.max_length <= plan.settings["max_position_embeddings"]
    assert 0 < plan.masked_share < 0.5


def test_an_unknown_recipe_lists_the_known_ones():
    """Errors help."""
    with pytest.raises(NotFound, match="glyphs-resnet"):
        recipe("glyphs-resnt")
