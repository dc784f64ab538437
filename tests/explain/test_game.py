"""The memoised game asks the model once per coalition and stops in time."""

import numpy as np
import pytest

from automl_tl.errors import DeadlineReached
from automl_tl.explain.game import Game, MemoisedGame


class Counting(Game):
    feature_names = ("a", "b", "c")
    baseline = "nothing"

    def __init__(self):
        self.batches = []

    def value(self, masks):
        self.batches.append(len(masks))
        return np.stack([masks.sum(axis=1), -masks.sum(axis=1)], axis=1).astype(np.float64)


def test_each_coalition_is_evaluated_once():
    """Duplicates inside a call and across calls are free and answers keep their order."""
    game = Counting()
    memo = MemoisedGame(game, batch_size=2)
    masks = np.array([[1, 0, 0], [1, 1, 1], [1, 0, 0], [0, 0, 0]], dtype=bool)
    assert memo(masks)[:, 0].tolist() == [1, 3, 1, 0]
    assert memo(masks[::-1])[:, 1].tolist() == [0, -1, -3, -1]
    assert memo.evaluations == 3
    assert game.batches == [2, 1]
    assert game.n_features == 3


def test_it_raises_when_no_time_is_left_but_known_answers_stay_free():
    """The deadline is checked before each batch."""
    left = [1.0]
    memo = MemoisedGame(Counting(), remaining=lambda: left[0])
    known = np.zeros((1, 3), dtype=bool)
    memo(known)
    left[0] = 0.0
    assert memo(known).shape == (1, 2)
    with pytest.raises(DeadlineReached):
        memo(~known)
