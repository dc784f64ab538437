"""JSONL."""

import pytest

from automl_tl.data.limits import Limits
from automl_tl.data.tables.json_lines import read
from automl_tl.errors import DatasetError, LimitExceeded


def read_text(tmp_path, text, limits=None):
    (tmp_path / "t.jsonl").write_text(text, encoding="utf-8")
    return read(tmp_path / "t.jsonl", limits or Limits())


def test_missing_keys_are_missing_values(tmp_path):
    """Columns stand in order of first appearance."""
    text = '{"text": "é", "n": 1, "ok": true}\n\n{"n": 2.5, "extra": null, "tags": ["a"]}\n'
    assert list(read_text(tmp_path, text).items()) == [
        ("text", ["é", None]),
        ("n", [1, 2.5]),
        ("ok", [True, None]),
        ("extra", [None, None]),
        ("tags", [None, ["a"]]),
    ]


def test_a_line_separator_inside_a_string_is_no_new_line(tmp_path):
    """U+2028 is a character like any other."""
    assert read_text(tmp_path, '{"text": "a\u2028b"}\n') == {"text": ["a\u2028b"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1}\n{"a": \n', "t.jsonl, line 2"),
        ('{"a": 1}\n[1]\n', "line 2: a line must be a JSON object but is a list"),
        ('{"a": 1, "a": 2}\n', "line 1: the key 'a' stands twice"),
        ("[" * 100_000 + "\n", "line 1"),
        ("", "empty"),
    ],
)
def test_broken_lines_are_one_clear_error(tmp_path, text, message):
    """The line is named."""
    with pytest.raises(DatasetError, match=message):
        read_text(tmp_path, text)


def test_rows_are_bounded(tmp_path):
    """Reading stops at the limit."""
    with pytest.raises(LimitExceeded, match="max_rows = 1"):
        read_text(tmp_path, '{"a": 1}\n{"a": 2}\n', Limits(max_rows=1))
