"""Data in object stores: nothing that was not allowed, whole or not at all, and no secrets in addresses."""

import errno
import shutil
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from automl_tl.data.limits import Limits
from automl_tl.data.load import load_dataset
from automl_tl.data.sources import object_store
from automl_tl.data.sources.base import dataset_sources, fetch_dataset
from automl_tl.data.sources.object_store import STORE_SCHEMES, ObjectStoreSource, bring, store_place
from automl_tl.errors import Cancelled, DatasetError, LimitExceeded, Unavailable

TABLE = b"text,label\none,a\ntwo,b\n"


@pytest.fixture
def store(memory_store):
    """Return a function that leaves files in a folder of a bucket, and the folder's address."""
    return memory_store


@pytest.fixture
def fetch(tmp_path):
    """Fetch to ``tmp_path/work``, whatever the store's operator allows."""
    (tmp_path / "work").mkdir()

    def fetch(uri, limits=None, **options):
        return fetch_dataset(uri, tmp_path / "work", limits, **options)

    return fetch


def left_behind(tmp_path):
    return sorted(path.name for path in (tmp_path / "work").iterdir())


def test_a_folder_an_archive_and_a_table_are_data_sets(store, fetch, tmp_path, image_folder):
    """A folder keeps its structure; hidden files and the empty objects that consoles leave do not count."""
    archive = shutil.make_archive(str(tmp_path / "all"), "zip", image_folder)
    pictures = {f"shapes/{path.parent.name}/{path.name}": path for path in image_folder.rglob("*.png")}
    others = {"shapes/circle/.DS_Store": b"x", "one.csv": TABLE, "all.zip": Path(archive).read_bytes()}
    base = store({name: path.read_bytes() for name, path in pictures.items()} | others)
    for address in (f"{base}/shapes", f"{base}/shapes/", f"{base}/all.zip"):
        assert load_dataset(fetch(address)).digest == load_dataset(image_folder).digest
    assert [path.name for path in fetch(f"{base}/one.csv").iterdir()] == ["one.csv"]
    assert left_behind(tmp_path) == ["content"]


def test_s3_is_read_with_the_usual_environment(object_store, monkeypatch, fetch, image_folder, tmp_path):
    """By a server that speaks its protocol; what is not there, or may not be read, is told."""
    for name, value in object_store.environment().items():
        monkeypatch.setenv(name, value)
    files = fsspec.filesystem("s3", skip_instance_cache=True)
    base = f"{object_store.bucket_url}/{tmp_path.name}"
    files.put(f"{image_folder}/", f"{base}/", recursive=True)
    files.pipe_file(f"{base}/circle/", b"")
    told = []
    root = fetch(base, stores=[object_store.bucket_url], progress=lambda come, whole: told.append((come, whole)))
    assert load_dataset(root).digest == load_dataset(image_folder).digest
    size = sum(path.stat().st_size for path in image_folder.rglob("*.png"))
    assert told[-1] == (size, size)
    with pytest.raises(DatasetError, match="there is nothing at"):
        fetch(f"{base}/nothing")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with pytest.raises(DatasetError, match=r"does not let this machine read .*NoCredentials"):
        fetch(base)
    monkeypatch.setenv("FSSPEC_S3_ANON", "true")
    fsspec.config.set_conf_env(fsspec.config.conf)
    try:
        with pytest.raises(DatasetError, match=r"does not let this machine read .*\(PermissionError\)"):
            fetch(base)  # as anybody, of whom this bucket wants nothing
    finally:
        fsspec.config.conf.clear()


@pytest.mark.parametrize(
    ("uri", "stores", "text"),
    [
        ("s3://mine/data", (), "opens no object stores"),
        ("s3://other/data", ("s3://mine",), "not fetched from 's3://other/data'; allowed: s3://mine"),
        ("gs://mine/data", ("s3://mine",), "not fetched from"),
        ("s3://mine-too/data", ("s3://mine",), "not fetched from"),
        ("s3://mine/database", ("s3://mine/data",), "not fetched from"),
        ("s3://mine", ("s3://mine/data/",), "not fetched from"),
        ("s3://mine/data/../secret", ("s3://mine/data",), r"must not contain '\.\.'"),
        ("s3://mine/data/./secret", ("s3://mine/data",), "'.' or empty"),
        ("s3://mine//secret", ("s3://mine",), "'.' or empty"),
        ("s3://key:word@mine/a.csv", ("s3://mine",), "must not hold a user"),
        ("s3://mine/a.csv?X-Amz-Signature=word", ("s3://mine",), "must not hold a user"),
        ("abfs://box@account.dfs.core.windows.net/a.csv", ("abfs://box",), "AZURE_STORAGE_ACCOUNT_NAME"),
        ("s3:///a.csv", ("s3://mine",), "s3://BUCKET"),
        ("s3://", ("s3://mine",), "s3://BUCKET"),
        ("s3://mine/a\nb.csv", ("s3://mine",), "control characters"),
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_not_asked_for(uri, stores, text, fetch, monkeypatch):
    """No driver is opened, and no secret is repeated."""
    monkeypatch.setattr(
        object_store, "open_filesystem", lambda *args, **options: pytest.fail("a store was opened")
    )
    with pytest.raises(DatasetError, match=text) as caught:
        fetch(uri, stores=stores)
    assert caught.value.field == "uri"
    assert "word" not in caught.value.message.replace("password", "")


def test_what_is_allowed_is_a_bucket_or_a_folder_with_all_below():
    place = store_place("s3://mine/data/a.csv")
    assert place.url == "s3://mine/data/a.csv"
    for store in ("s3://mine", "s3://mine/", "s3://mine/data", "s3://mine/data/a.csv"):
        assert place.within(store_place(store))


def test_every_scheme_has_its_source_and_schemes_that_only_look_alike_have_none():
    assert {scheme: dataset_sources.get(scheme).scheme for scheme in STORE_SCHEMES} == {
        scheme: scheme for scheme in STORE_SCHEMES
    }
    assert not {"s3a", "gcs", "az", "github", "sftp", "simplecache"} & set(dataset_sources)


def test_limits_are_those_of_every_data_set(store, fetch, tmp_path, monkeypatch):
    """Files and bytes are counted before anything is fetched, and what does not fit on the disk is not begun."""
    base = store({"d/a.txt": b"x" * 40, "d/b.txt": b"x" * 40, "one.parquet": b"x" * 40, "d/c.parquet": b"x"})
    monkeypatch.setattr(
        object_store, "copy_members", lambda *args, **options: pytest.fail("something was fetched")
    )
    for address, limits, text in (
        ("d", Limits(max_files=2), "max_files = 2"),
        ("d", Limits(max_bytes=79), "80 bytes are more than max_bytes = 79"),
        ("one.parquet", Limits(max_bytes=39), "max_bytes = 39"),
        ("d", Limits(max_name_bytes=4), "not a usable file name"),
    ):
        with pytest.raises((LimitExceeded, DatasetError), match=text):
            fetch(f"{base}/{address}", limits)
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 70})())
    with pytest.raises(Unavailable, match="81 bytes but this machine has room for 70"):
        fetch(f"{base}/d")
    assert left_behind(tmp_path) == []


def test_other_files_and_empty_folders_are_no_data_sets(store, fetch):
    base = store({"a.exe": b"x", "d/.hidden": b"x"})
    with pytest.raises(DatasetError, match="must end in one of"):
        fetch(f"{base}/a.exe")
    with pytest.raises(DatasetError, match="there is nothing at"):
        fetch(f"{base}/d")


def test_what_hears_of_progress_can_end_the_transfer(store, fetch, tmp_path):
    """Nothing stays, and the data that was there before is as it was."""
    base = store({"d/train.csv": TABLE})
    before = (fetch(f"{base}/d") / "train.csv").read_bytes()

    def stop(come, whole):
        raise Cancelled("the job was asked to stop")

    with pytest.raises(Cancelled):
        fetch(f"{base}/d", progress=stop)
    assert (tmp_path / "work" / "content" / "train.csv").read_bytes() == before
    assert left_behind(tmp_path) == ["content"]


class Broken(MemoryFileSystem):
    """A store whose driver fails in a way of its own."""

    protocol = "memory"
    error: Exception = RuntimeError()

    def info(self, path, **options):
        raise self.error


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (RuntimeError("https://store/x?Signature=word"), Unavailable, r"bucket does not answer \(RuntimeError\)"),
        (PermissionError("key=word"), DatasetError, "does not let this machine read 'memory://bucket/a.csv'"),
        (OSError(errno.ENOSPC, "full"), OSError, "full"),
        (MemoryError("no room"), MemoryError, "no room"),
    ],
)  # fmt: skip
def test_the_text_of_drivers_errors_is_not_repeated(fetch, monkeypatch, error, kind, text):
    """It may hold an address with its signature; who reads foreign files has its own words for a full disk."""
    monkeypatch.setattr(Broken, "error", error)
    monkeypatch.setattr(object_store, "open_filesystem", lambda url, what: (Broken(), "/bucket/a.csv"))
    with pytest.raises(kind, match=text) as caught:
        fetch("memory://bucket/a.csv")
    assert "word" not in str(caught.value)


def test_a_driver_that_is_not_installed_is_named(fetch, monkeypatch):
    def without_driver(url, **options):
        raise ImportError("Install gcsfs to access Google Storage")

    monkeypatch.setattr("fsspec.core.url_to_fs", without_driver)
    with pytest.raises(DatasetError, match=r"'gs://b/d.csv' needs a driver; install 'automl-tl\[gcs\]'") as caught:
        fetch("gs://b/d.csv")
    assert caught.value.field == "uri"


def test_bytes_are_brought_as_they_are(store, tmp_path):
    """Whoever has the credentials does not look into archives: another process does."""
    base = store({"broken.zip": b"no archive", "d/a.csv": TABLE})
    copy = bring(f"{base}/broken.zip", tmp_path, Limits(), stores=["memory://bucket"])
    assert (copy.name, copy.read_bytes()) == ("broken.zip", b"no archive")
    folder = bring(f"{base}/d", tmp_path, Limits())
    assert (folder / "a.csv").read_bytes() == TABLE
    with pytest.raises(DatasetError, match="damaged"):
        ObjectStoreSource("memory").fetch(f"{base}/broken.zip", tmp_path, Limits())
    assert not Path(tmp_path / "content").exists()
