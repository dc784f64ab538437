"""Datasets on this machine."""

import shutil
from pathlib import Path

import pytest

from automl_tl.data.limits import Limits
from automl_tl.data.sources.file import FileSource, open_path, path_of, resolve_under
from automl_tl.errors import DatasetError, LimitExceeded


@pytest.fixture
def roots(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "a b.csv").write_text("text\nx\n")
    (tmp_path / "rootless").mkdir()
    (tmp_path / "rootless" / "secret.csv").write_text("text\nx\n")
    return [tmp_path / "root"]


def test_paths_under_a_root_are_resolved(roots):
    """As URI with percent signs, and as plain path."""
    expected = (roots[0] / "a b.csv").resolve()
    assert resolve_under(expected.as_uri(), roots) == expected
    assert resolve_under(str(expected), roots) == expected


def test_everything_else_gets_the_same_refusal(roots):
    """Outside, beside (same beginning of the name), dots, links, missing, relative: no difference can be seen."""
    root = roots[0]
    (root / "link").symlink_to("../rootless")
    (root / "link.csv").symlink_to("../rootless/secret.csv")
    outside = [
        "../rootless/secret.csv",
        "link/secret.csv",
        "link.csv",
        "missing.csv",
        "%2e%2e/rootless/secret.csv",
    ]
    uris = [f"file://{root}/{path}" for path in outside]
    for uri in [*uris, str(root.parent / "rootless" / "secret.csv"), "/etc/passwd", "root/a b.csv", "~/x.csv"]:
        with pytest.raises(DatasetError, match="is not a dataset under the server's data roots"):
            resolve_under(uri, roots)


def test_without_roots_nothing_is_read(roots):
    """A server without data roots takes uploads only."""
    with pytest.raises(DatasetError, match="reads no local paths"):
        resolve_under(str(roots[0] / "a b.csv"), [])


@pytest.mark.parametrize("uri", ["file://host/a", "http://x/a", "a\x00b", "file:///a%00b"])
def test_odd_uris_are_refused(uri):
    """Other hosts, other schemes and NUL characters."""
    with pytest.raises(DatasetError, match="uri"):
        path_of(uri)


def test_a_folder_is_used_where_it_lies(image_folder, tmp_path):
    """Nothing is copied, and a wrapper is stepped into."""
    assert open_path(image_folder, tmp_path) == image_folder
    wrapper = tmp_path / "wrapper"
    wrapper.mkdir()
    shutil.move(image_folder, wrapper / "shapes")
    (wrapper / "README.txt").write_text("drawn shapes")
    assert open_path(wrapper, tmp_path) == wrapper / "shapes"


@pytest.mark.parametrize("kind", ["zip", "tar", "gztar"])
def test_an_archive_is_unpacked(image_folder, tmp_path, kind):
    """Every kind gives the same files."""
    archive = Path(shutil.make_archive(str(tmp_path / "packed"), kind, image_folder.parent, image_folder.name))
    work = tmp_path / "work"
    work.mkdir()
    root = open_path(archive, work)
    names = {path.relative_to(image_folder) for path in image_folder.rglob("*.png")}
    assert {path.relative_to(root) for path in root.rglob("*.png")} == names
    assert [path.name for path in work.iterdir()] == ["content"]


def test_the_name_the_user_gave_decides(text_csv, tmp_path):
    """A server stores uploads without their names."""
    blob = tmp_path / "0123abcd"
    shutil.copy(text_csv, blob)
    root = open_path(blob, tmp_path, name="notes.csv")
    assert (root / "notes.csv").read_bytes() == text_csv.read_bytes()
    with pytest.raises(DatasetError, match=r"0123abcd: a dataset must be a folder or end in one of \.zip"):
        open_path(blob, tmp_path)


@pytest.mark.parametrize("name", ["../notes.csv", "a/notes.csv", "a\\notes.csv", "\udcff.csv"])
def test_the_name_cannot_lead_elsewhere(text_csv, tmp_path, name):
    """A name is a name and no path; nothing is left behind."""
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(DatasetError, match="not a usable file name"):
        open_path(text_csv, work, name=name)
    assert list(work.iterdir()) == []


def test_opening_again_replaces_the_content(text_csv, tmp_path):
    """A worker that starts over finds no remains."""
    open_path(text_csv, tmp_path)
    (tmp_path / "content" / "old.csv").write_text("x")
    assert [path.name for path in open_path(text_csv, tmp_path).iterdir()] == ["notes.csv"]


def test_missing_and_too_large_are_told(text_csv, tmp_path):
    """Path and limit are named."""
    with pytest.raises(DatasetError, match="nothing: there is no such file or folder"):
        open_path(tmp_path / "nothing", tmp_path)
    with pytest.raises(LimitExceeded, match="max_bytes = 10"):
        open_path(text_csv, tmp_path, Limits(max_bytes=10))


def test_the_source_obeys_roots(text_csv, tmp_path):
    """With roots only what lies under them is opened; without, what the process may read."""
    source = FileSource()
    assert source.fetch(str(text_csv), tmp_path, Limits(), roots=[text_csv.parent]).is_dir()
    assert source.fetch(str(text_csv), tmp_path, Limits()).is_dir()
    with pytest.raises(DatasetError, match="data roots"):
        source.fetch(str(text_csv), tmp_path, Limits(), roots=[tmp_path / "content"])
