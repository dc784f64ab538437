"""Dataset sources by URI scheme."""

import pytest

from automl_tl.data.sources.base import dataset_sources, fetch_dataset, scheme_of
from automl_tl.errors import DatasetError


@pytest.mark.parametrize(
    ("uri", "scheme"),
    [("file:///a", "file"), ("S3://b/c", "s3"), ("a/b.zip", "file"), ("/a:b", "file"), ("", "file")],
)
def test_schemes(uri, scheme):
    """A plain path is a file."""
    assert scheme_of(uri) == scheme


def test_an_unknown_scheme_lists_the_known_ones(tmp_path):
    """Nothing is ever downloaded by accident."""
    with pytest.raises(DatasetError, match=r"'ftp://x/y.zip' is not supported; supported: .*file://"):
        fetch_dataset("ftp://x/y.zip", tmp_path)


@pytest.mark.parametrize(
    "uri", ["zip://a.csv::file:///data/a.zip", "simplecache::https://x/y.zip", "file:///data/a.zip::b"]
)
def test_chains_are_refused(tmp_path, uri):
    """Whatever a library would make of them."""
    with pytest.raises(DatasetError, match="chains"):
        fetch_dataset(uri, tmp_path)


def test_a_plain_path_and_a_uri_give_the_same(tmp_path, text_csv):
    """Both go through the file source."""
    assert "file" in dataset_sources
    for uri in (str(text_csv), text_csv.as_uri()):
        assert [path.name for path in fetch_dataset(uri, tmp_path).iterdir()] == ["notes.csv"]
