"""Directories that a person names."""

import pytest

from automl_tl.directories import make_directory
from automl_tl.errors import InvalidInput


def test_parents_are_made_and_what_is_there_stays(tmp_path):
    made = make_directory(tmp_path / "a" / "b", mode=0o700)
    (made / "kept").write_text("x")
    assert make_directory(made).joinpath("kept").read_text() == "x"
    assert made.stat().st_mode & 0o777 == 0o700


def test_a_place_that_is_a_file_is_refused_in_words(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InvalidInput, match=r"file.*cannot be made \(Not a directory\)"):
        make_directory(tmp_path / "file" / "below")
