"""Coalitions are evaluated once, in batches, across inputs, and never after the deadline."""

import numpy as np
import pytest
import torch

from automl_tl.errors import DeadlineReached
from automl_tl.explain.game import Game, value_together
from automl_tl.explain.maskers.column import Column
from automl_tl.explain.maskers.grid_blur import GridBlur
from automl_tl.explain.maskers.word_id import WordId
from automl_tl.explain.network import Network


@pytest.fixture
def picture_game(image_model, bright_left):
    def build(network=None, seed=0, **options):
        network = network or Network(image_model())
        (pixels,) = network.backbone.preprocess([bright_left(seed)])["pixels"]
        return Game([(GridBlur(pixels, (2, 2)), network)], **options)

    return build


def all_masks(n_features):
    return (np.arange(2**n_features)[:, None] >> np.arange(n_features)) % 2 == 1


def test_a_coalition_is_evaluated_once(picture_game):
    """Asked again, in another order and batch, the very same numbers come back."""
    game = picture_game(batch_size=3)
    masks = all_masks(4)
    first = game(masks)
    assert game.evaluations == 16
    assert np.array_equal(game(masks[::-1]), first[::-1])
    assert game.evaluations == game.players[0][1].backbone.calls == 16


def test_ends_are_hidden_and_shown(picture_game, image_model, bright_left):
    """The full coalition is the model's own answer."""
    ends = picture_game().ends()
    assert np.allclose(ends[1], image_model().logits([bright_left()])[0])
    assert ends[0, 1] < ends[1, 1]


def test_no_evaluation_after_the_deadline(picture_game):
    """What is known is still told; what is not is refused."""
    left = [1.0]
    game = picture_game(remaining=lambda: left[0])
    known = np.zeros((1, 4), dtype=bool)
    game(known)
    left[0] = 0.0
    assert game(known).shape == (1, 2)
    assert game.known(np.concatenate([~known, known])).tolist() == [False, True]
    with pytest.raises(DeadlineReached):
        game(~known)


def test_batches_are_filled_across_inputs(picture_game, image_model):
    """Two games of one network share a pass and get the answers that they get alone."""
    network = Network(image_model())
    sizes = []
    plain = network.outputs
    network.outputs = lambda batch: sizes.append(len(batch["pixels"])) or plain(batch)
    games = [picture_game(network, seed, batch_size=64) for seed in (1, 2)]
    masks = all_masks(4)
    together = value_together(games, [masks, masks[:5]])
    assert sizes == [21]
    for seed, told, wanted in zip((1, 2), together, (masks, masks[:5]), strict=True):
        assert np.allclose(told, picture_game(seed=seed)(wanted), atol=1e-6)


def test_texts_of_different_length_share_a_pass(text_model):
    """Shorter texts are filled up and what fills them is hidden."""
    model = text_model()
    network = Network(model)
    games = [Game([(WordId(model.backbone, text), network)]) for text in ("good bad movie good", "bad")]
    long, short = value_together(games, [np.ones((1, 4), dtype=bool), np.array([[True], [False]])])
    assert np.allclose(long[0, 1], 2 - 3 + 0.5 + 2)
    assert np.allclose(short[:, 1], [-3, 0])


def test_an_ensemble_answers_by_the_mean(text_model):
    """Probabilities are averaged, and the logarithm of the mean is shared out."""
    model = text_model()
    one, other = WordId(model.backbone, "good"), WordId(model.backbone, "good")
    half = text_model(head=type(model.head)())
    half.head.weight = np.zeros((2, 1), dtype=np.float32)
    game = Game([(one, Network(model)), (other, Network(half))])
    (told,) = game(np.array([[True]]))
    probability = (1 / (1 + np.exp(-4.0)) + 0.5) / 2
    assert np.allclose(told, np.log([1 - probability, probability]))


def test_hidden_columns_are_averaged_over_their_replacements():
    """Three replacements of a column are one evaluation of its coalition."""

    class Sum(torch.nn.Module):
        def forward(self, batch):
            return batch["columns"].float().sum(dim=1, keepdim=True) ** 2

    class Same:
        def logits(self, features):
            return features

    class Model:
        backbone = Sum()
        head = Same()

    background = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    game = Game([(Column(np.array([1.0, 1.0]), background, ["a", "b"]), Network(Model()))])
    told = game(np.array([[True, False]]))
    assert told[0, 0] == pytest.approx(np.mean([(1 + b) ** 2 for b in (1.0, 3.0, 5.0)]))
    assert game.evaluations == 1


def test_an_anchored_game_ends_exactly(picture_game):
    """Whatever a faster precision misses at the ends is shared out evenly over what is shown."""
    game = picture_game()
    masks = np.zeros((3, game.n_features), dtype=bool)
    masks[1, : game.n_features // 4] = masks[2] = True
    before = game(masks)
    exact = before[[0, 2]] + np.array([[0.5], [2.5]])
    game.anchor(exact)
    after = game(masks)
    assert np.allclose(game.ends(), exact, atol=1e-12)
    assert np.allclose(after[1] - before[1], 0.5 + masks[1].mean() * 2.0)
