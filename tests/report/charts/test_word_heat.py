"""Coloured words."""

import numpy as np

from automl_tl.report.charts.word_heat import word_bars, word_heat


def test_words_stay_in_order_and_are_marked_by_sign():
    """Neutral words are plain; markup in words is escaped."""
    made = word_heat(["<b>", "so", "bad"], np.array([1.0, 0.0, -0.5]), limit=1.0)
    assert 'class="word for"' in made
    assert 'class="word against"' in made
    assert made.index("&lt;b&gt;") < made.index("so") < made.index("bad")
    assert "<b>" not in made


def test_long_texts_are_cut_and_it_is_said():
    """160 words are enough for a page."""
    assert "(40 more words)" in word_heat(["w"] * 200, np.zeros(200), limit=1.0)


def test_bars_show_the_strongest_words():
    """Largest first, with the sign written out."""
    made = word_bars(["a", "b", "c"], np.array([0.1, -2.0, 1.0]), most=2)
    assert made.index("\N{MINUS SIGN}2.00") < made.index("+1.00")
    assert "+0.10" not in made
    assert word_bars(["a"], np.zeros(1)) == ""
    assert word_bars([], np.zeros(0)) == ""
