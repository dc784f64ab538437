"""Counts and names in sentences."""

import pytest

from automl_tl.data.plain_words import are, counted, have, some


@pytest.mark.parametrize(
    ("number", "sentence"), [(1, "1 class is left and has one"), (2, "2 classes are left and have one")]
)
def test_one_is_not_many(number, sentence):
    """Nouns and verbs agree."""
    assert f"{counted(number, 'class', 'classes')} {are(number)} left and {have(number)} one" == sentence
    assert counted(3, "row") == "3 rows"


def test_long_lists_are_cut():
    """Five names are shown."""
    assert some(["a", "b"]) == "'a', 'b'"
    assert some(list("abcdefg")) == "'a', 'b', 'c', 'd', 'e' and 2 more"
