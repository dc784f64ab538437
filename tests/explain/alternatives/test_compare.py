"""Other methods beside Shapley values."""

import numpy as np
import pytest

from automl_tl.explain.alternatives.compare import alternatives
from automl_tl.explain.question import Question

QUESTION = Question((0, 1), ("a", "b"), "a", "b", 0.5)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("image", ["Grad-CAM", "integrated gradients", "LIME-style"]),
        ("text", ["integrated gradients", "LIME-style"]),
    ],
)
def test_each_method_has_its_name_and_its_own_figure(tiny_game, kind, names):
    """The same check as for Shapley values, and how far it agrees with them."""
    game = tiny_game(kind)
    found = alternatives(game, QUESTION, np.arange(game.n_features, dtype=float))
    assert [other.method for other in found] == names
    for other in found:
        assert other.values.shape == (game.n_features,)
        assert -1 <= other.agreement <= 1 or np.isnan(other.agreement)
        assert other.faithfulness.baseline == game.masker.baseline
        assert other.evaluations > 0


def test_without_time_there_are_none(tiny_game):
    """Nothing is begun that does not fit."""
    game = tiny_game("image")
    game.ends()
    game.remaining = lambda: 0.0
    assert alternatives(game, QUESTION, np.zeros(game.n_features)) == ()


def test_an_ensemble_has_no_single_gradient(tiny_game):
    """LIME needs none."""
    game = tiny_game("image")
    game.players = (*game.players, *game.players)
    assert [other.method for other in alternatives(game, QUESTION, np.zeros(game.n_features))] == ["LIME-style"]
