"""Which parts of a long text become features."""

import pytest

from automl_tl.explain.long_text import choose_spans
from automl_tl.explain.question import Question
from automl_tl.explain.subject import Subject

QUESTION = Question((1, 0), ("positive", "negative"), "positive", "negative", 0.9)
PLAIN = "movie movie movie movie movie."
STRONG = "bad bad bad bad bad."


def spans(model, text, budget):
    subject = Subject(model)
    (masker,) = subject.maskers(text)
    game = subject.game((masker,), subject.networks, lambda: float("inf"))
    found = choose_spans(subject, masker, game, QUESTION, budget, 0)
    return None if found is None else [text[start:end] for start, end in found], game


def test_a_short_text_keeps_its_words(text_model):
    """Nothing is asked of the model."""
    found, game = spans(text_model(), "good bad movie", 100)
    assert found is None
    assert game.evaluations == 0


def test_the_strongest_sentence_is_taken_apart(text_model):
    """The others stay whole; what that cost counts."""
    text = " ".join([PLAIN] * 8 + [STRONG] + [PLAIN] * 8)
    found, game = spans(text_model(max_words=400), text, 110)
    assert found.count("bad") == 5
    assert PLAIN in found
    assert "".join(found).replace(" ", "") == text.replace(" ", "")
    assert 0 < game.evaluations < 50


@pytest.mark.parametrize("budget", [12, 30, 60])
def test_a_small_budget_means_few_parts(text_model, budget):
    """Never more parts than can be valued."""
    found, game = spans(text_model(max_words=400), " ".join([PLAIN] * 15 + [STRONG]), budget)
    assert game.evaluations + 2 * len(found) + 2 <= budget + 4
