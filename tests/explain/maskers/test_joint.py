"""Mixed inputs as one game."""

import numpy as np
import pytest
import torch

from automl_tl.errors import InvalidInput
from automl_tl.explain.game import Game
from automl_tl.explain.maskers.column import Column
from automl_tl.explain.maskers.grid_blur import GridBlur
from automl_tl.explain.maskers.joint import Joint
from automl_tl.explain.maskers.word_id import WordId
from automl_tl.explain.network import Network
from automl_tl.explain.samplers.choose import choose_sampler
from automl_tl.explain.samplers.run import run_sampler


class Mixed(torch.nn.Module):
    """Brightness of the picture times the first column, plus the second column."""

    def forward(self, batch):
        brightness = batch["pixels"].mean(dim=(1, 2, 3))
        columns = batch["columns"].float()
        return (brightness * columns[:, 0] + columns[:, 1])[:, None]


class Same:
    def logits(self, features):
        return features


class Model:
    backbone = Mixed()
    head = Same()


def joint(background):
    picture = torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(0))
    return Joint([GridBlur(picture, (2, 2)), Column(np.array([2.0, 3.0]), background, ["age", "dose"])])


def test_patches_and_columns_share_the_credit():
    """One game: values add up over both kinds, and what interacts is shared between them."""
    game = Game([(joint(np.zeros((1, 2))), Network(Model()))])
    estimate = run_sampler(game, choose_sampler(game, [0], max_evals=64, seed=0), [0])
    patches, columns = game.masker.shares(estimate.values)
    ends = game.ends()
    assert game.masker.feature_names[-2:] == ("age", "dose")
    assert estimate.values.sum() == pytest.approx(float(ends[1, 0] - ends[0, 0]), abs=1e-6)
    assert columns[1, 0] == pytest.approx(3.0, abs=1e-6)
    brightness = float(joint(np.zeros((1, 2))).parts[0].hidden.mean())
    assert columns[0, 0] > brightness  # half of its interaction with every patch, and all without them
    assert patches.shape == (4, 1)


def test_every_replacement_meets_the_same_picture():
    """Two background rows double the inputs and change no count of evaluations."""
    masker = joint(np.array([[0.0, 0.0], [1.0, 1.0]]))
    mask = np.array([[True] * 4 + [False] * 2, [False] * 4 + [True] * 2])
    batch = masker.batch(mask)
    assert batch["pixels"].shape == (4, 3, 8, 8)
    assert torch.equal(batch["pixels"][0], batch["pixels"][1])
    assert batch["columns"].tolist() == [[0, 0], [1, 1], [2, 3], [2, 3]]
    game = Game([(masker, Network(Model()))])
    game(mask)
    assert game.evaluations == 2


def test_text_and_columns(text_model):
    """Words and columns too."""
    masker = Joint([WordId(text_model().backbone, "good bad"), Column(np.ones(1), np.zeros((3, 1)), ["age"])])
    batch = masker.batch(np.array([[True, False, True]]))
    assert batch["input_ids"].shape == (3, 4)
    assert batch["columns"].shape == (3, 1)
    assert masker.baseline == "mask token, values of 3 other rows"


def test_two_parts_of_one_name_are_refused():
    """Their tensors would overwrite each other."""
    column = Column(np.ones(1), np.zeros((1, 1)), ["a"])
    with pytest.raises(InvalidInput, match="columns"):
        Joint([column, column]).batch(np.ones((1, 2), dtype=bool))
    with pytest.raises(InvalidInput, match="at least one"):
        Joint([])


def test_larger_patches_leave_columns_alone():
    """Room that columns take is not the patches'; without room to win there is nothing coarser."""
    picture = torch.rand(3, 56, 56, generator=torch.Generator().manual_seed(0))
    column = Column(np.ones(2), np.zeros((1, 2)), ["age", "dose"])
    whole = Joint([GridBlur(picture), column])
    assert (whole.n_features, whole.grid) == (51, (7, 7))
    fewer = whole.coarser(30)
    assert (fewer.n_features, fewer.grid) == (27, (5, 5))
    assert fewer.feature_names[-2:] == ("age", "dose")
    assert Joint([column]).coarser(1) is None


def test_another_baseline_is_that_of_the_parts_that_know_one():
    """Columns keep theirs; only columns have none."""
    masker = joint(np.zeros((1, 2)))
    assert masker.other_baseline().baseline == "mean colour, value of another row"
    assert Joint([masker.parts[1]]).other_baseline() is None


def test_what_is_not_repeated_is_left_to_the_network():
    """Two rows of columns for each picture; two parts of several copies cannot be told apart."""
    background = np.array([[0.0, 0.0], [1.0, 1.0]])
    batch = Joint(joint(background).parts, repeat=False).batch(np.ones((3, 6), dtype=bool))
    assert (len(batch["pixels"]), len(batch["columns"])) == (3, 6)
    with pytest.raises(InvalidInput, match="only one part"):
        Joint([joint(background).parts[1]] * 2, repeat=False)
