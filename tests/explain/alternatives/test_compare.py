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


def test_without_time_each_says_so(tiny_game):
    """Nothing is begun that does not fit, and nothing is left out in silence."""
    game = tiny_game("image")
    game.ends()
    game.remaining = lambda: 0.0
    before = game.evaluations
    found = alternatives(game, QUESTION, np.zeros(game.n_features))
    assert [other.method for other in found] == ["Grad-CAM", "integrated gradients", "LIME-style"]
    for other in found:
        assert other.note == "there was no time"
        assert (len(other.values), other.evaluations, other.faithfulness) == (0, 0, None)
    assert game.evaluations == before


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("image", ["Grad-CAM", "integrated gradients", "LIME-style"]),
        ("text", ["integrated gradients", "LIME-style"]),
    ],
)
def test_a_mixture_has_the_methods_of_a_single_model(tiny_mixture_game, kind, names):
    """All of its joint answer but Grad-CAM, which says that it is of the leading model alone."""
    game = tiny_mixture_game(kind)
    found = alternatives(game, QUESTION, np.arange(game.n_features, dtype=float))
    assert [other.method for other in found] == names
    assert all(other.values.shape == (game.n_features,) and other.faithfulness for other in found)
    assert [other.method for other in found if "leading model alone" in other.note] == names[: kind == "image"]


def test_what_a_member_does_not_allow_stays_with_its_reason(tiny_mixture_game):
    """A row without values; what needs no gradients is there."""
    game = tiny_mixture_game("image")
    network = game.players[0][1]
    network.head = NoWeights(network.head)
    cam, gradients, lime = alternatives(game, QUESTION, np.arange(game.n_features, dtype=float))
    assert (cam.method, len(cam.values)) == ("Grad-CAM", 0)
    assert "last feature map" in cam.note
    assert (gradients.method, len(gradients.values)) == ("integrated gradients", 0)
    assert "model 1 of the ensemble's 2" in gradients.note
    assert lime.faithfulness is not None


class NoWeights:
    """A head that says nothing about how it comes to its answer."""

    def __init__(self, head):
        self.logits = head.logits
