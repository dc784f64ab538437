"""The grammar writer against templates whose sentences can be listed."""

import numpy as np

from automl_tl.zoo.starter.text_sources.grammar import expand, misspell

WORDS = {"pet": ("cat", "dog"), "none": ("",)}


def _all(template, draws=200):
    rng = np.random.default_rng(0)
    return {expand(template, WORDS, rng) for _ in range(draws)}


def test_slots_and_choices_give_every_sentence():
    """Two choices times two words."""
    assert _all("[a|the] {pet}") == {"a cat", "a dog", "the cat", "the dog"}


def test_choices_nest():
    """An inner choice belongs to its outer option."""
    assert _all("[my [old|new] {pet}|it]") == {"my old cat", "my new cat", "my old dog", "my new dog", "it"}


def test_empty_words_leave_no_double_blanks():
    """White space is made single."""
    assert _all("{none} a {none} b {none}") == {"a b"}


def test_misspelling_touches_one_place():
    """One letter fewer, or two neighbours swapped."""
    rng = np.random.default_rng(0)
    for _ in range(100):
        wrong = misspell("parcel please", rng)
        assert len(wrong) in (12, 13)
        assert sum(a != b for a, b in zip(sorted(wrong), sorted("parcel please"), strict=False)) < 13
        assert set(wrong) <= set("parcel please")
