"""The identity of a dataset."""

import pytest

from automl_tl.data.digest import content_digest
from automl_tl.names import digest_bytes, digest_json


def test_digest_is_known_from_its_definition(tmp_path):
    """SHA-256 over the sorted pairs of path and content digest, whatever the order they are given in."""
    (tmp_path / "b").write_bytes(b"2")
    (tmp_path / "a").write_bytes(b"1")
    expected = digest_json([["a", digest_bytes(b"1")], ["b", digest_bytes(b"2")]])
    assert content_digest(tmp_path, ["b", "a"]) == content_digest(tmp_path, ["a", "b"]) == expected


def test_path_and_content_both_count(tmp_path):
    """A renamed or changed file is another dataset."""
    (tmp_path / "a").write_bytes(b"1")
    before = content_digest(tmp_path, ["a"])
    (tmp_path / "b").write_bytes(b"1")
    assert content_digest(tmp_path, ["b"]) != before
    (tmp_path / "a").write_bytes(b"2")
    assert content_digest(tmp_path, ["a"]) != before


@pytest.mark.parametrize(("one", "other", "same"), [("a.csv", "b.CSV", True), ("a.csv", "a.tsv", False)])
def test_a_lone_table_counts_by_its_content_and_ending(tmp_path, one, other, same):
    """What somebody calls the file before an upload says nothing; its ending says how it is read."""
    for name in (one, other):
        (tmp_path / name).write_bytes(b"text,label\n")
    assert (content_digest(tmp_path, [one]) == content_digest(tmp_path, [other])) is same


def test_beside_other_files_the_name_of_a_table_counts(tmp_path):
    """There it decides which table is the manifest."""
    for name in ("a.csv", "b.csv", "x.png"):
        (tmp_path / name).write_bytes(b"1")
    assert content_digest(tmp_path, ["a.csv", "x.png"]) != content_digest(tmp_path, ["b.csv", "x.png"])
