"""The source of the shipped models."""

import pytest

from automl_tl.errors import ModelUnavailable
from automl_tl.testing.model_source import ModelSourceContract
from automl_tl.zoo.card import ImageInput, ModelCard
from automl_tl.zoo.sources.base import model_sources
from automl_tl.zoo.starter.cards import starter_cards


class _StarterContract(ModelSourceContract):
    source_name = "starter"
    model = ""

    def loadable(self, root):
        return self.source().card(self.model)

    def unloadable(self, root):
        return ModelCard("starter", "no-such-model", "image", "resnet18", "resnet", ImageInput())


class TestStarterImageContract(_StarterContract):
    model = "glyphs-convnext"


class TestStarterTextContract(_StarterContract):
    model = "documentation-bert"


def test_lists_all_shipped_models():
    """Always there, no network needed."""
    assert model_sources.get("starter").cards() == starter_cards()


def test_an_unknown_model_lists_the_known_ones():
    """Errors help."""
    with pytest.raises(ModelUnavailable, match="glyphs-resnet"):
        model_sources.get("starter").card("glyphs-alexnet")


@pytest.mark.parametrize("card", starter_cards(), ids=lambda card: card.model)
def test_every_model_loads_with_its_fingerprint(card):
    """Card and backbone agree on the size of the embedding and of the fingerprint."""
    loaded = model_sources.get("starter").load(card)
    assert loaded.backbone.embedding_size == card.embedding_size == len(loaded.fingerprint.mean)
    assert loaded.weights_digest == card.revision
