"""Pretraining of text encoders."""

import dataclasses

import numpy as np
import torch
from transformers import AutoConfig, AutoModel

from automl_tl.zoo.starter.recipes import recipe
from automl_tl.zoo.starter.text_training import TextPretraining, train_text_network

PLAN = dataclasses.replace(recipe("messages-distilbert"), batch=8, vocabulary=300)


def test_training_is_reproducible():
    """The same seed gives the same weights and tokenizer."""
    (first, config, words), (again, _, same) = (train_text_network(PLAN, seed=1, steps=2) for _ in range(2))
    assert words.to_str() == same.to_str()
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert config["config"]["vocab_size"] == words.get_vocab_size() <= 300


def test_the_loss_falls():
    """A few updates already tell some intents apart."""
    losses = []
    train_text_network(PLAN, seed=0, steps=40, progress=lambda step, steps, loss: losses.append(loss))
    assert np.mean(losses[-5:]) < np.mean(losses[:5])


def _tiny():
    torch.manual_seed(0)
    settings = {"dim": 16, "n_layers": 1, "n_heads": 2, "hidden_dim": 16, "vocab_size": 20, "dropout": 0.0}
    encoder = AutoModel.from_config(AutoConfig.for_model("distilbert", **settings), trust_remote_code=False)
    return TextPretraining(encoder, 3).eval()


def _losses(model, rows, mask):
    return model.losses(torch.tensor(rows), torch.tensor(mask), torch.arange(len(rows)) % 3)


def test_padding_does_not_change_what_a_text_is():
    """The mean runs over real tokens only."""
    model = _tiny()
    short = _losses(model, [[2, 7, 8, 3], [2, 9, 8, 3]], [[1] * 4] * 2)
    padded = _losses(model, [[2, 7, 8, 3, 0, 0], [2, 9, 8, 3, 0, 0]], [[1, 1, 1, 1, 0, 0]] * 2)
    torch.testing.assert_close(short, padded)


def test_partners_that_are_alike_cost_less_than_strangers():
    """Texts 0 and 2 are partners, as are 1 and 3."""
    model, full = _tiny(), [[1] * 4] * 4
    alike, _ = _losses(model, [[2, 7, 8, 3], [2, 15, 16, 3], [2, 7, 8, 3], [2, 15, 16, 3]], full)
    crossed, _ = _losses(model, [[2, 7, 8, 3], [2, 15, 16, 3], [2, 15, 16, 3], [2, 7, 8, 3]], full)
    assert alike < crossed


def test_the_source_head_does_not_shape_the_encoder():
    """A classifier that did would make all texts of a class alike."""
    model = _tiny()
    _, label = _losses(model, [[2, 7, 8, 3], [2, 9, 8, 3]], [[1] * 4] * 2)
    label.backward()
    assert model.source_head.weight.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in model.network.parameters())
