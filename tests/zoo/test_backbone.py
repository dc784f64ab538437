"""What the base class of backbones does for a backbone that overrides nothing but the abstract methods."""

import torch

from automl_tl.zoo.backbone import Backbone


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
