"""Integrated gradients against the model's own outputs and against captum."""

import numpy as np
import pytest
import torch

from automl_tl.errors import DeadlineReached
from automl_tl.explain.alternatives.gradients import (
    differentiable,
    head_tensors,
    integrated_gradients,
    integrated_gradients_evaluations,
    why_no_gradients,
)


@pytest.mark.parametrize("kind", ["image", "text"])
def test_contributions_nearly_add_up(tiny_game, kind):
    """Completeness: the sum is the outputs' difference up to the rule's error."""
    game = tiny_game(kind)
    masker = game.masker
    values = integrated_gradients(game.players, [0, 2])
    ends = game.ends()[:, [0, 2]]
    assert values.shape == (masker.n_features, 2)
    assert np.allclose(values.sum(axis=0), ends[1] - ends[0], atol=0.05 * np.abs(ends).max() + 0.01)


@pytest.mark.parametrize(
    ("kind", "link", "allowed"),
    [
        ("image", "softmax", 0.05),
        ("text", "softmax", 1e-4),
        ("text", "sigmoid", 1e-4),
        ("text", "identity", 1e-4),
    ],
)
def test_of_a_mixture_they_add_up_to_its_joint_answer(tiny_mixture_game, kind, allowed, link):
    """The difference of what the Shapley game explains, although members see other sizes and other tokens."""
    game = tiny_mixture_game(kind, link)
    ends = game.ends()
    values = integrated_gradients(game.players, [0, 1, 2], link=link)
    assert np.allclose(values.sum(axis=0), ends[1] - ends[0], atol=allowed * np.abs(ends).max())
    lead = integrated_gradients(game.players[:1], [0, 1, 2], link=link)
    assert not np.allclose(lead.sum(axis=0), ends[1] - ends[0], atol=allowed * np.abs(ends).max())


@pytest.mark.parametrize("kind", ["image", "text"])
def test_members_contributions_add_up_by_feature(tiny_mixture_game, kind):
    """Of a mean of numbers the contributions are the weighted sum of the members' own."""
    game = tiny_mixture_game(kind, "identity")
    first, second = (integrated_gradients([player], [0, 1]) for player in game.players)
    joint = integrated_gradients(game.players, [0, 1], link="identity")
    assert np.allclose(joint, 0.7 * first + 0.3 * second, atol=1e-4 * np.abs(joint).max())
    assert np.abs(second).max() > 0.1 * np.abs(first).max()


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
    assert np.allclose(integrated_gradients([(masker, network)], [1])[:, 0], expected, atol=1e-4)


def test_steps_end_with_the_clock(tiny_game):
    """After two chunks of four, with nothing left behind."""
    game, asked = tiny_game("text"), []
    before = integrated_gradients(game.players, [0])

    def remaining():
        asked.append(1)
        return 2.5 - len(asked)

    with pytest.raises(DeadlineReached, match="integrated gradients"):
        integrated_gradients(game.players, [0], remaining=remaining)
    assert len(asked) == 3
    assert np.array_equal(integrated_gradients(game.players, [0], remaining=lambda: 1.0), before)


def test_nothing_is_left_behind(tiny_game):
    """The hook is gone and no gradient lies on the weights."""
    game = tiny_game("text")
    masker, network = game.players[0]
    before = game.ends()
    integrated_gradients(game.players, [0])
    again = network.outputs(masker.batch(np.ones((1, masker.n_features), dtype=bool)))
    assert np.allclose(again[0], before[1], atol=1e-6)
    assert all(parameter.grad is None for parameter in network.backbone.parameters())


def test_words_hidden_from_attention_have_a_path_too(tiny_game):
    """The hidden end is a vector of zeros."""
    masker, network = tiny_game("text").players[0]
    assert np.isfinite(integrated_gradients([(masker.other_baseline(), network)], [0])).all()


def test_what_has_no_gradient_is_said_beforehand(tiny_game, text_model):
    """A fake text model has no word vectors, a head without weights no gradient."""
    from automl_tl.explain.maskers.word_id import WordId
    from automl_tl.explain.network import Network

    masker, network = tiny_game("image").players[0]
    assert differentiable(masker, network)
    assert why_no_gradients([(masker, network)] * 2) == ""
    model = text_model()
    fake = WordId(model.backbone, "good"), Network(model)
    assert not differentiable(*fake)
    assert "this model's input" in why_no_gradients([fake])
    assert "model 2 of the ensemble's 2" in why_no_gradients([(masker, network), fake])
    network.head = torch.nn.Identity()
    assert not differentiable(masker, network)
    assert integrated_gradients_evaluations(2) == 160
