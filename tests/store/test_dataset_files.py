"""A worker finds a dataset's content again, and only exactly that content."""

import zipfile

import pytest

from automl_tl.data.load import load_dataset
from automl_tl.data.sources.file import open_path
from automl_tl.errors import DataCorrupted
from automl_tl.store.dataset_files import open_dataset


@pytest.fixture
def uploaded(shop, image_folder, tmp_path):
    """A record of a zipped image folder."""
    archive = tmp_path / "shapes.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(image_folder.rglob("*.png")):
            file.write(path, path.relative_to(image_folder))
    digest = load_dataset(image_folder).digest
    return shop.dataset(digest, blob=shop.blobs.put_file(archive).sha256, file_name=archive.name)


def test_an_upload_is_unpacked_once(shop, uploaded):
    first = open_dataset(uploaded, shop.blobs, shop.directory)
    assert (first.digest, len(first)) == (uploaded.digest, 36)
    assert first.root.is_relative_to(shop.directory.dataset_work(uploaded.digest))
    stamp = first.root.stat().st_ctime_ns
    assert open_dataset(uploaded, shop.blobs, shop.directory).root.stat().st_ctime_ns == stamp


def test_a_damaged_blob_is_noticed(shop, uploaded):
    path = shop.blobs.path(uploaded.blob)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b"!")
    with pytest.raises(DataCorrupted, match=uploaded.blob):
        open_dataset(uploaded, shop.blobs, shop.directory)


def test_a_registered_folder_is_used_where_it_lies_and_a_change_is_noticed(shop, text_csv, tmp_path):
    (tmp_path / "scratch").mkdir()
    digest = load_dataset(open_path(text_csv, tmp_path / "scratch")).digest
    record = shop.dataset(digest, modality="text", uri=text_csv.as_uri())
    assert len(open_dataset(record, shop.blobs, shop.directory)) == 36
    text_csv.write_text(text_csv.read_text() + "one more,music,train,old\n")
    with pytest.raises(DataCorrupted, match="has changed"):
        open_dataset(record, shop.blobs, shop.directory)
