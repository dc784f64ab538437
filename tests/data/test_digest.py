"""The identity of a dataset."""

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
