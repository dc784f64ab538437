"""The text modality."""

from pathlib import Path

import pytest

from automl_tl.data.limits import Limits
from automl_tl.data.modalities.text import TextModality, normalised
from automl_tl.testing.modality import ModalityContract


class TestTextContract(ModalityContract):
    """Texts keep the contract of every modality."""

    modality_name = "text"

    def write_inputs(self, root):
        return ("A rainy day.", "a  rainy\tDAY. ", "A sunny day.")

    def unusable_input(self, root):
        return " \n "


def find(**values):
    return TextModality().find_column({name: tuple(cells) for name, cells in values.items()}, Path())


def test_known_names_win_in_order_of_preference():
    """``text`` is more explicit than ``title``."""
    assert find(title=["x"], Text=["y"]).name == "Text"


def test_the_longest_column_of_texts_is_a_guess_and_told():
    """The guess yields to anything more certain."""
    found = find(code=["a1", "b2"], remark_of_nurse=["slept well through the night", "asked twice for some water"])
    assert found.name == "remark_of_nurse"
    assert "the longest" in found.remark
    assert found.certainty < 0.5


def test_short_or_repeating_columns_are_no_texts():
    """A table of measurements and codes holds no texts."""
    assert (
        find(
            a=["12.5", "13.1"], b=["Married-civ-spouse, with children"] * 9 + ["Never married at all, no children"]
        )
        is None
    )


def test_too_long_texts_are_refused_by_name_of_the_limit():
    """The limit and the length are told."""
    assert "11 characters, more than max_text_chars = 10" in TextModality().check(
        Path(), "x" * 11, Limits(max_text_chars=10)
    )


@pytest.mark.parametrize(("one", "other"), [("ﬁne  Day", "fine day"), ("STRASSE", "straße"), ("a\u00a0b", "a b")])
def test_texts_that_people_read_as_the_same_are_the_same(one, other):
    """Ligatures, letter case and kinds of space make no difference."""
    assert normalised(one) == normalised(other)
