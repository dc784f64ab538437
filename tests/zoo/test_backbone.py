"""What the base class of backbones does for a backbone that overrides nothing but the abstract methods."""

import numpy as np
import pytest
import torch

from automl_tl.errors import ModelUnavailable
from automl_tl.testing.tiny_models import tiny_image_model
from automl_tl.zoo.backbone import Backbone, LoadedModel
from automl_tl.zoo.card import Fingerprint


class Doubler(Backbone):
    """Embeds by doubling; has a source head of one logit."""

    embedding_size = 2

    def preprocess(self, examples):
        return {"x": torch.tensor(examples)}

    def forward(self, batch):
        return batch["x"] * 2

    def source_logits(self, batch):
        return batch["x"].sum(dim=1, keepdim=True)

    def blocks(self):
        return ()

    def reinitialise(self, seed):
        pass

    def save_assets(self, directory):
        pass

    @classmethod
    def from_config(cls, card, config, assets):
        return cls()


def test_embedding_and_source_logits_come_together():
    """A backbone that shares no work between the two still offers both."""
    embedding, logits = Doubler().embed_with_source({"x": torch.tensor([[1.0, 2.0]])})
    assert embedding.tolist() == [[2.0, 4.0]]
    assert logits.tolist() == [[3.0]]


def test_dropping_a_head_that_is_not_there_does_nothing():
    """Callers need not ask first."""
    backbone = Doubler()
    backbone.drop_source_head()
    assert backbone.source_logits({"x": torch.ones(1, 2)}).tolist() == [[2.0]]


def test_a_backbone_offers_at_least_its_own_embedding():
    """Whoever asks for choices needs no special case for a backbone that has one."""
    backbone = Doubler()
    embeddings, logits = backbone.embed_layers({"x": torch.ones(1, 2)}, backbone.layer_choices)
    assert {name: values.tolist() for name, values in embeddings.items()} == {"last": [[2.0, 2.0]]}
    assert logits.tolist() == [[2.0]]


def test_choosing_layers_changes_card_and_size():
    """Both follow; what is not offered is refused and changes nothing."""
    backbone = tiny_image_model()
    backbone.choose_layers("stages")
    assert (backbone.layers, backbone.card.input.layers) == ("stages", "stages")
    assert backbone.card.embedding_size == backbone.embedding_size > 16
    with pytest.raises(ModelUnavailable, match="layers must be one of last, stages but got 'mean'"):
        backbone.choose_layers("mean")
    assert backbone.layers == "stages"
    backbone.choose_layers("last")
    assert backbone.card.embedding_size == backbone.embedding_size == 16


def test_a_fingerprint_stays_with_the_layers_it_was_made_of():
    """Distances between different embeddings mean nothing."""
    fingerprint = Fingerprint(np.zeros(16, np.float32), np.eye(16, dtype=np.float32), 3)
    loaded = LoadedModel(tiny_image_model(), "a" * 64, fingerprint=fingerprint)
    assert loaded.with_layers("last") is loaded
    changed = loaded.with_layers("stages")
    assert changed.fingerprint is None
    assert (changed.backbone, changed.weights_digest) == (loaded.backbone, loaded.weights_digest)
