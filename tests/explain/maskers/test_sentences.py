"""Sentences, well enough to hide a long text piece by piece."""

import re

from hypothesis import given
from hypothesis import strategies as st

from automl_tl.explain.maskers.sentences import merged, sentences_of, words_within


def words_of(text):
    return [match.span() for match in re.finditer(r"\w+|[^\w\s]+", text)]


def told(text):
    return [text[start:end] for start, end in sentences_of(text, words_of(text))]


def test_sentences_end_with_marks_and_lines():
    """A full stop inside a number or a name ends nothing."""
    assert told('It cost 3.50 at shop.com! "Really?" he said.\nYes') == [
        "It cost 3.50 at shop.com!",
        '"Really?"',
        "he said.",
        "Yes",
    ]
    assert told("") == []


def test_a_text_without_marks_is_cut_all_the_same():
    """Every thirty words."""
    text = " ".join(f"w{i}" for i in range(70))
    assert [len(each.split()) for each in told(text)] == [30, 30, 10]


@given(text=st.text(alphabet="ab .!?\n,", max_size=200), most=st.integers(1, 9))
def test_every_word_is_in_exactly_one_sentence(text, most):
    """Also after neighbours were merged."""
    words = words_of(text)
    for spans in (sentences_of(text, words), merged(sentences_of(text, words), most)):
        inside = [word for span in spans for word in words_within(words, span)]
        assert inside == words
    assert len(merged(sentences_of(text, words), most)) <= most
