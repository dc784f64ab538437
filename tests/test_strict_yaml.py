"""The strict YAML loader."""

import math

import pytest

from automl_tl.errors import SearchSpaceError
from automl_tl.strict_yaml import dump_text, load_file, load_text


def load(text):
    return load_text(text, name="space.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        (".5", 0.5),
        ("-3.", -3.0),
        ("+7", 7),
        ("007", 7),
        ("0o7", "0o7"),
        ("1_000", "1_000"),
        ("true", True),
        ("null", None),
        ("~", None),
        ("", None),
        ("yes", "yes"),
        ("on", "on"),
        ("No", "No"),
        ("2024-01-01", "2024-01-01"),
        ("12:30:45", "12:30:45"),
        ("'1e-3'", "1e-3"),
        (".inf", math.inf),
        ("1.2.3", "1.2.3"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text, value):
    """Rates are numbers, countries are not booleans, times are not base 60."""
    got = load(text)
    assert got == value
    assert type(got) is type(value)


def test_structure_is_plain():
    """Mappings, sequences and strings nest."""
    assert load("a:\n  - x: 1\n  - [2, 3.5]\nb: {c: text}\n") == {"a": [{"x": 1}, [2, 3.5]], "b": {"c": "text"}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", r"space\.yaml:2:1: the key 'a' stands twice"),
        ("a: {b: 1, b: 2}\n", "the key 'b' stands twice"),
        ("1: a\n", "keys must be strings but got 1"),
        ("a: &x [1]\nb: *x\n", r"space\.yaml:2:4: aliases are not allowed"),
        ("a: !!python/object/apply:os.system ['true']\n", "could not determine a constructor"),
        ("a: [1, 2\n", r"space\.yaml:2:1"),
        ("a: 1\n--- \nb: 2\n", r"space\.yaml:2:1: but found another document"),
        ("a: \x07\n", r"space\.yaml"),
    ],
)
def test_what_is_not_allowed_is_told_with_its_place(text, message):
    """Line and column are counted from one."""
    with pytest.raises(SearchSpaceError, match=message) as caught:
        load(text)
    assert caught.value.field == "space.yaml"


def test_a_file_is_called_by_its_name(tmp_path):
    """Not by the machine's path."""
    path = tmp_path / "tiny.yaml"
    path.write_text("a: 1e-4\n", encoding="utf-8")
    assert load_file(path) == {"a": 1e-4}
    path.write_text("a: [", encoding="utf-8")
    with pytest.raises(SearchSpaceError, match=r"^tiny\.yaml:"):
        load_file(path)


@pytest.mark.parametrize(
    "value",
    [
        {"text": ["1e-3", "on", "null", "12", "a: b", "- x", "", "~", "0x1f", "é"]},
        {"numbers": [1e-5, -1.5e-7, 1e20, 3, 0.1], "flags": [True, False], "nothing": None},
        {"empty": [], "none": {}, "same": [[1], [1]]},
    ],
)
def test_what_is_written_is_read_back(value):
    """Text that looks like a number stays text, and nothing becomes an alias."""
    assert load_text(dump_text(value), name="x") == value


def test_one_object_twice_is_written_twice():
    """Aliases would be refused on reading."""
    shared = {"a": 1}
    assert load_text(dump_text([shared, shared]), name="x") == [shared, shared]
