"""The contract for model sources passes for a sound source and fails for an unsound one."""

import pytest

from automl_tl.testing.model_source import ModelSourceContract, examples_for
from automl_tl.testing.tiny_models import tiny_image_model, tiny_text_model
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import ImageInput, ModelCard
from automl_tl.zoo.sources.base import ModelSource, model_sources


class Careless(ModelSource):
    """Lists a model of another source, changes identity, and loads whatever it is asked for."""

    name = "careless"

    def cards(self):
        return (ModelCard("timm", "x", "image", "resnet18", "resnet", ImageInput()),)

    def card(self, model):
        return self.cards()[0]

    def load(self, card):
        return LoadedModel(tiny_image_model(), "")


class Contract(ModelSourceContract):
    __test__ = False
    source_name = "careless"

    def loadable(self, root):
        return ModelCard("careless", "a", "image", "resnet18", "resnet", ImageInput())

    unloadable = loadable


@pytest.fixture
def contract(monkeypatch):
    model_sources.names()
    monkeypatch.setitem(model_sources._entries, "careless", Careless())
    return Contract()


def test_catches_foreign_cards(contract):
    """A source lists its own models only."""
    with pytest.raises(AssertionError):
        contract.test_listed_cards_belong_to_the_source()


def test_catches_a_changed_identity(contract, tmp_path):
    """Embeddings are filed under the id."""
    with pytest.raises(AssertionError):
        contract.test_keeps_the_identity_and_fills_the_card(tmp_path)


def test_catches_a_source_that_never_fails(contract, tmp_path):
    """A model that cannot be loaded must get a reason."""
    with pytest.raises(pytest.fail.Exception):
        contract.test_a_model_that_cannot_be_loaded_gets_a_reason(tmp_path)


def test_examples_fit_the_modality():
    """Two inputs of different shape or length, usable by the tiny models."""
    assert tiny_image_model().preprocess(examples_for("image"))["pixels"].shape == (2, 3, 32, 32)
    assert tiny_text_model().preprocess(examples_for("text"))["input_ids"].shape == (2, 7)
