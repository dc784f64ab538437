"""Integrated gradients against the model's own outputs and against captum."""

import numpy as np
import pytest
import torch

from automl_tl.explain.alternatives.gradients import (
    differentiable,
    head_tensors,
    integrated_gradients,
    integrated_gradients_evaluations,
)


@pytest.mark.parametrize("kind", ["image", "text"])
def test_contributions_nearly_add_up(tiny_game, kind):
    """Completeness: the sum is the outputs' difference up to the rule's error."""
    game = tiny_game(kind)
    masker, network = game.players[0]
    values = integrated_gradients(masker, network, [0, 2])
    ends = game.ends()[:, [0, 2]]
    assert values.shape == (masker.n_features, 2)
    assert np.allclose(values.sum(axis=0), ends[1] - ends[0], atol=0.05 * np.abs(ends).max() + 0.01)


def test_pixels_agree_with_captum(tiny_game):
    """captum.attr.IntegratedGradients on the same path, summed over patches."""
    from captum.attr import IntegratedGradients

    masker, network = tiny_game("image").players[0]
    weight, bias = head_tensors(network)
    forward = lambda pixels: network.backbone({"pixels": pixels}) @ weight.T + bias  # noqa: E731
    theirs = IntegratedGradients(forward).attribute(
        masker.pixels[None], masker.hidden[None], target=1, n_steps=32, method="riemann_middle"
    )
    per_pixel = theirs[0].sum(dim=0).numpy().reshape(-1)
    expected = np.bincount(masker.regions.reshape(-1), per_pixel)
    assert np.allclose(integrated_gradients(masker, network, [1])[:, 0], expected, atol=1e-4)


def test_nothing_is_left_behind(tiny_game):
    """The hook is gone and no gradient lies on the weights."""
    game = tiny_game("text")
    masker, network = game.players[0]
    before = game.ends()
    integrated_gradients(masker, network, [0])
    again = network.outputs(masker.batch(np.ones((1, masker.n_features), dtype=bool)))
    assert np.allclose(again[0], before[1], atol=1e-6)
    assert all(parameter.grad is None for parameter in network.backbone.parameters())


def test_words_hidden_from_attention_have_a_path_too(tiny_game):
    """The hidden end is a vector of zeros."""
    masker, network = tiny_game("text").players[0]
    assert np.isfinite(integrated_gradients(masker.other_baseline(), network, [0])).all()


def test_what_has_no_gradient_is_said_beforehand(tiny_game, text_model):
    """A fake text model has no word vectors, a head without weights no gradient."""
    from automl_tl.explain.maskers.word_id import WordId
    from automl_tl.explain.network import Network

    masker, network = tiny_game("image").players[0]
    assert differentiable(masker, network)
    model = text_model()
    assert not differentiable(WordId(model.backbone, "good"), Network(model))
    network.head = torch.nn.Identity()
    assert not differentiable(masker, network)
    assert integrated_gradients_evaluations(2) == 160
