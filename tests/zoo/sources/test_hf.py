"""Encoders of the hub, from a hub cache on disk."""

import json

import huggingface_hub
import pytest

from automl_tl.errors import ModelUnavailable
from automl_tl.testing.model_source import ModelSourceContract
from automl_tl.testing.tiny_models import write_hub_cache, write_transformers_folder
from automl_tl.zoo.card import ModelCard, TextInput
from automl_tl.zoo.sources.base import model_sources

COMMIT = "cd" * 20
MODEL = "someone/tiny-encoder"


@pytest.fixture(autouse=True)
def snapshot(tmp_path, monkeypatch):
    """The snapshot folder of a tiny sentence encoder in a hub cache, and no network."""
    cache = tmp_path / "hub"
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    folder = write_transformers_folder(write_hub_cache(cache, MODEL, COMMIT))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 12}))
    return folder


class TestHuggingFaceSourceContract(ModelSourceContract):
    source_name = "hf"

    def loadable(self, root):
        return self.source().card(MODEL)

    def unloadable(self, root):
        return self.source().card("someone/elsewhere")


def test_an_unlisted_encoder_is_completed_from_its_files():
    """Architecture, length and pooling are its own; the commit is recorded."""
    source = model_sources.get("hf")
    loaded = source.load(source.card(MODEL))
    assert loaded.resolved_revision == COMMIT
    assert (loaded.backbone.card.architecture, loaded.backbone.card.input.max_length) == ("bert", 12)


def test_listed_encoders_keep_their_card():
    """Licence, size and pooling come from the catalog."""
    card = model_sources.get("hf").card("BAAI/bge-small-en-v1.5")
    assert (card.licence, card.input.pooling) == ("MIT", "cls")


def test_a_repository_of_something_else_is_refused(snapshot):
    """Without a model type there is no encoder to build."""
    (snapshot / "config.json").write_text("{}")
    with pytest.raises(ModelUnavailable, match="model_type"):
        model_sources.get("hf").load(ModelCard("hf", MODEL, "text", "", "", TextInput()))


def test_a_repository_without_safetensors_is_refused(snapshot):
    """A pickled checkpoint is not opened."""
    (snapshot / "model.safetensors").rename(snapshot / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable):
        model_sources.get("hf").load(ModelCard("hf", MODEL, "text", "", "", TextInput()))
