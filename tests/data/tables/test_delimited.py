"""CSV and TSV."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.data.limits import Limits
from automl_tl.data.tables.delimited import read
from automl_tl.errors import DatasetError


def read_text(tmp_path, text, name="t.csv"):
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    return read(tmp_path / name, Limits())


cells = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=12)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=5))
def test_whatever_the_csv_module_writes_is_read_back(tmp_path_factory, rows):
    """Quotes, line breaks and separators inside cells survive."""
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *rows])
    assert read(path, Limits()) == {"a": tuple(row[0] for row in rows), "b": tuple(row[1] for row in rows)}


@pytest.mark.parametrize(
    ("name", "mark"), [("t.csv", ","), ("t.csv", ";"), ("t.csv", "\t"), ("t.csv", "|"), ("t.tsv", "\t")]
)
def test_usual_separators_are_recognised(tmp_path, name, mark):
    """Spreadsheets of many countries write semicolons."""
    assert read_text(tmp_path, f"text{mark}label\r\na b{mark}1\r\n", name) == {"text": ("a b",), "label": ("1",)}


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ('label;"age, in years, or so"', ["label", "age, in years, or so"]),
        ('"a;b;c",label', ["a;b;c", "label"]),
        ('"says ""a;b;c""",label', ['says "a;b;c"', "label"]),
        ('"two\nlines;of;text",label', ["two\nlines;of;text", "label"]),
        ('size 5";a,b;c', ['size 5"', "a,b", "c"]),
        ("text,yes|no|maybe", ["text", "yes|no|maybe"]),
    ],
)
def test_a_separator_inside_a_name_does_not_count(tmp_path, header, names):
    """A quoted name may hold any separator; a bar in a name is no separator beside a real one."""
    mark = ";" if header.startswith(("label", "size")) else ","
    assert list(read_text(tmp_path, f"{header}\n{mark.join(['x'] * len(names))}\n")) == names


@pytest.mark.parametrize("line", ["sep=;\r\n", "SEP=;\n", '"sep=;"\n'])
def test_the_separator_that_a_spreadsheet_writes_first_is_obeyed(tmp_path, line):
    """It is no header, and lines are still counted from the first of the file."""
    assert read_text(tmp_path, f"{line}text;a,b,c\nx;1,2\n") == {"text": ("x",), "a,b,c": ("1,2",)}
    with pytest.raises(DatasetError, match="line 3"):
        read_text(tmp_path, f'{line}a;b\n1;"2"x\n')


def test_words_for_missing_stay_words(tmp_path):
    """NA may be a country or a name; only an empty cell is missing."""
    assert read_text(tmp_path, "a,b\nNA,null\nnan,\n") == {"a": ("NA", "nan"), "b": ("null", "")}


def test_empty_lines_are_no_rows(tmp_path):
    """They are not counted either."""
    assert read_text(tmp_path, "\na,b\n\n1,2\n\n") == {"a": ("1",), "b": ("2",)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n3,4,5\n", r"t.csv, row 2: 3 fields, but the header names 2"),
        ("a,b\n1,2\n3\n", r"row 2: 1 fields"),
        ('a,b\n1,"2\n3,4\n', "t.csv, line 3: unexpected end of data; check the quotes"),
        ('a,b\n1,"2"x\n', "line 2"),
        pytest.param(
            f"a,b\n1,2\n3,{'x' * (2**24 + 1)}\n", "t.csv, line 3: field larger than field limit", id="huge cell"
        ),
        ("", "the file is empty"),
        ("\n\n", "the file is empty"),
        ("a,a\n1,2\n", "stands twice"),
    ],
)
def test_broken_tables_are_one_clear_error(tmp_path, text, message):
    """Row or line are named."""
    with pytest.raises(DatasetError, match=message):
        read_text(tmp_path, text)
