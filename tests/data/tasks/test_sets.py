"""Cells that hold several labels."""

import pytest

from automl_tl.data.tasks.sets import looks_like_lists, read_sets
from automl_tl.errors import DatasetError


def read(*cells):
    return read_sets(cells, "tags", [str(number) for number in range(1, len(cells) + 1)])


@pytest.mark.parametrize(
    "cells",
    [
        ("a|b", "b", "", "[]", "a | a |"),
        ("a;b", "b", "", "[]", "a;"),
        ('["a", "b"]', '["b"]', "", "[]", '["a", " a "]'),
    ],
)
def test_each_way_of_writing_gives_the_same_sets(cells):
    """An empty cell is unknown, an empty list is no label; spaces and repeats do not matter."""
    assert read(*cells) == [{"a", "b"}, {"b"}, None, set(), {"a"}]


def test_whole_numbers_in_a_list_are_labels():
    """Codes are common."""
    assert read("[1, 20]", "[]") == [{"1", "20"}, set()]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (("a|b", "a;b"), r"two separators occur \('\|' in row 1, ';' in row 2\); separate labels by one"),
        ((*['["a"]'] * 100, "[broken"), "row 101, column 'tags': .broken is not a JSON list"),
    ],
)
def test_mixtures_are_refused(cells, message):
    """Guessing would split names."""
    with pytest.raises(DatasetError, match=message):
        read(*cells)


def test_what_looks_like_lists():
    """One odd cell is enough to say no."""
    assert looks_like_lists(['["a"]', "[1]"])
    assert not looks_like_lists(['["a"]', "b"])
    assert not looks_like_lists(['[{"a": 1}]'])
    assert not looks_like_lists([])
