"""The file of own lists: YAML or JSON, refused with line and field."""

import json

import pytest
import yaml

from automl_tl.cli.inherited_file import read_inherited
from automl_tl.errors import SpecError

GOOD = {
    "term_swaps": [
        {"name": "jobs", "terms": ["nurse", "smith"], "templates": [f"The {{term}} is {n}." for n in range(6)]}
    ],
    "stereotype_pairs": [{"stereotype": f"Women {n}.", "anti_stereotype": f"Men {n}."} for n in range(10)],
}


@pytest.mark.parametrize("dump", [yaml.safe_dump, json.dumps])
def test_both_formats_are_read(tmp_path, dump):
    """The same lists."""
    (tmp_path / "own").write_text(dump(GOOD), encoding="utf-8")
    found = read_inherited(tmp_path / "own")
    assert found.term_swaps[0].terms == ("nurse", "smith")
    assert len(found.stereotype_pairs) == 10


BAD = """\
term_swaps:
  - name: jobs
    terms: [nurse, smith]
    templates:
      - A {term} came.
      - Nobody came.
"""


@pytest.mark.parametrize(
    ("text", "told", "field"),
    [
        (
            BAD,
            r"own.yaml:6: term_swaps\[0\].templates\[1\]: .*has no {term}",
            "inherited.term_swaps[0].templates[1]",
        ),
        ("term_swap: []", r"own.yaml:1: term_swap: Extra inputs", "inherited.term_swap"),
        ("a: 1\na: 2", "stands twice", "inherited"),
        ("- 1", "valid dictionary", "inherited"),
        ("", "valid dictionary", "inherited"),
    ],
)
def test_what_is_wrong_is_shown_by_line_and_field(tmp_path, text, told, field):
    """And by what was found there."""
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match=told) as caught:
        read_inherited(tmp_path / "own.yaml")
    assert caught.value.field == field


def test_other_files_are_refused(tmp_path):
    """None, not a text, and one that is too large."""
    with pytest.raises(SpecError, match="there is no such file"):
        read_inherited(tmp_path / "none")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SpecError, match="not UTF-8"):
        read_inherited(tmp_path / "bytes")
    (tmp_path / "large").write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(SpecError, match="more than 1048576 bytes"):
        read_inherited(tmp_path / "large")
