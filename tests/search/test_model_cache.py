"""Models kept in memory."""

from dataclasses import replace

import pytest

from automl_tl.errors import NotFound
from automl_tl.search.model_cache import ModelCache, load_from_source
from automl_tl.zoo.card import ImageInput, ModelCard


def card(name, revision=""):
    return ModelCard("local", name, "image", "toy", "toy", ImageInput(), revision=revision)


def test_a_model_is_loaded_once_while_it_is_kept():
    """The least recently used one goes first; another revision is another model."""
    loaded = []

    def load(wanted):
        loaded.append(wanted.model + wanted.revision)
        return object()

    cache = ModelCache(load, capacity=2)
    first = cache(card("a"))
    assert cache(card("a")) is first
    cache(card("b"))
    cache(card("a"))
    cache(card("c"))
    cache(card("a"))
    cache(card("b"))
    cache(card("b", "2"))
    assert loaded == ["a", "b", "c", "b", "b2"]


def test_another_choice_of_layers_is_another_model():
    """Its embedding has another length."""
    cache = ModelCache(lambda wanted: wanted.input.layers)
    stages = replace(card("a"), input=replace(card("a").input, layers="stages"))
    assert [cache(card("a")), cache(stages), cache(card("a"))] == ["last", "stages", "last"]


def test_a_failed_load_is_tried_again():
    """Nothing is kept of a failure."""
    answers = [OSError("away"), "model"]

    def load(wanted):
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    cache = ModelCache(load)
    with pytest.raises(OSError, match="away"):
        cache(card("a"))
    assert cache(card("a")) == "model"


def test_an_unknown_source_is_named():
    """The card's source must be a registered plug-in."""
    with pytest.raises(NotFound, match="'nowhere'"):
        load_from_source(ModelCard("nowhere", "m", "image", "toy", "toy", ImageInput()))
