"""Words for the parts of a split."""

import pytest

from automl_tl.data.parts import part_of


@pytest.mark.parametrize(
    ("word", "part"),
    [
        ("train", "train"),
        ("Training", "train"),
        (" VAL ", "validation"),
        ("dev", "validation"),
        ("valid", "validation"),
        ("TEST", "test"),
        ("trainer", ""),
        ("", ""),
    ],
)
def test_usual_words_are_understood_and_others_are_not(word, part):
    """Letter case and outer spaces make no difference."""
    assert part_of(word) == part
