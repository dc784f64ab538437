"""Finding the line of a value."""

from automl_tl.search.space_lines import dotted, line_of

TEXT = "a: 1\nb:\n  c:\n    - {d: 2}\n    - d: 3\n"


def test_paths_are_written_for_people():
    """List positions stand in brackets."""
    assert dotted(("b", "c", 1, "d")) == "b.c[1].d"
    assert dotted(()) == ""


def test_lines_count_from_one_and_stop_where_the_path_ends():
    """A missing key is reported at the deepest thing that exists."""
    assert line_of(TEXT, ("a",)) == 1
    assert line_of(TEXT, ("b", "c")) == 3
    assert line_of(TEXT, ("b", "c", 1, "d")) == 5
    assert line_of(TEXT, ("b", "c", 0, "missing")) == 4
    assert line_of(TEXT, ("b", "c", 7)) == 3
    assert line_of(TEXT, ("z",)) == 1
