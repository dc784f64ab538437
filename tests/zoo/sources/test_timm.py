"""timm's published weights, from a hub cache on disk."""

import huggingface_hub
import pytest
import timm
import torch

from automl_tl.errors import ModelUnavailable
from automl_tl.testing.model_source import ModelSourceContract
from automl_tl.testing.tiny_models import write_hub_cache
from automl_tl.zoo.card import ImageInput, ModelCard
from automl_tl.zoo.catalog import Catalog
from automl_tl.zoo.sources.base import model_sources
from automl_tl.zoo.weights import write_weights

COMMIT = "ab" * 20
MODEL = "test_resnet.r160_in1k"


@pytest.fixture(autouse=True)
def hub_cache(tmp_path, monkeypatch):
    """A hub cache that holds one of timm's test models, and no network."""
    cache = tmp_path / "hub"
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    torch.manual_seed(0)
    state = timm.create_model(MODEL).state_dict()
    write_weights(state, write_hub_cache(cache, f"timm/{MODEL}", COMMIT) / "model.safetensors")


class TestTimmSourceContract(ModelSourceContract):
    source_name = "timm"

    def loadable(self, root):
        return self.source().card(MODEL)

    def unloadable(self, root):
        return self.source().card("resnet18.a1_in1k")


def test_the_commit_is_recorded():
    """So that a report can name the exact weights."""
    source = model_sources.get("timm")
    loaded = source.load(source.card(MODEL))
    assert loaded.resolved_revision == COMMIT
    assert loaded.backbone.source_logits({"pixels": torch.zeros(1, 3, 160, 160)}).shape == (1, 1000)


def test_an_unlisted_model_is_described_by_timm():
    """Size, statistics and licence of its weights."""
    card = model_sources.get("timm").card(MODEL)
    assert card.input.size == (160, 160)
    assert card.input.crop_fraction == 0.95
    assert card.licence == "apache-2.0"


def test_a_bare_card_is_completed_before_loading():
    """The catalog hands in unlisted models without input size."""
    (card,) = Catalog(()).resolve([f"timm:{MODEL}"], "image")
    assert card.input == ImageInput()
    assert model_sources.get("timm").load(card).backbone.card.input.size == (160, 160)


@pytest.mark.parametrize("model", ["no_such_net", "resnet18.no_such_tag", "test_vit"])
def test_a_model_that_timm_does_not_publish_is_told(model):
    """Or the hub does not hold here."""
    with pytest.raises(ModelUnavailable):
        model_sources.get("timm").load(ModelCard("timm", model, "image", model, "", ImageInput()))
