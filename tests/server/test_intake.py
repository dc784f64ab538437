"""Files become records; equal content is one dataset, however it is packed."""

import shutil
from pathlib import Path

import fsspec
import pytest

from automl_tl.errors import DatasetError, FailedPrecondition
from automl_tl.names import digest_file
from automl_tl.server.backend import Backend
from automl_tl.server.config import ServerConfig
from automl_tl.server.intake import register, store_upload
from automl_tl.store.requests import RequestKey

from .conftest import zip_folder


@pytest.fixture
async def backend(tmp_path):
    backend = Backend(ServerConfig(tmp_path / "data", data_roots=(tmp_path / "shared",)))
    yield backend
    await backend.intake.close()
    await backend.fetching.close()
    backend.close()


@pytest.fixture
def send(backend, tmp_path):
    """Store a copy of a file as an upload."""

    async def send(path, *, modality="", display_name="", file_name=""):
        place = tmp_path / f"upload-{len(list(tmp_path.iterdir()))}"
        place.mkdir()
        shutil.copy(path, place / "upload")
        return await store_upload(
            backend,
            "default",
            place / "upload",
            sha256=digest_file(path),
            file_name=file_name or path.name,
            modality=modality,
            display_name=display_name,
        )

    return send


async def test_an_upload_becomes_a_dataset_with_its_blob(backend, send, image_zip):
    record = await send(image_zip, display_name="shapes")
    assert (record.modality, record.row_count, record.display_name) == ("image", 36, "shapes")
    assert [column.name for column in record.columns] == ["label"]
    assert record.columns[0].example_values == ("circle", "cross", "square")
    assert backend.blobs.open(record.blob, verify=True).read() == image_zip.read_bytes()


async def test_the_same_content_in_another_packing_is_the_same_dataset(
    backend, send, image_zip, image_folder, tmp_path
):
    (tmp_path / "wrapped").mkdir()
    shutil.copytree(image_folder, tmp_path / "wrapped" / "inner")
    other = zip_folder(tmp_path / "wrapped", tmp_path / "other.zip")
    first, second = await send(image_zip), await send(other)
    assert first == second
    assert list(backend.blobs.digests()) == [first.blob]


async def test_what_breaks_a_rule_leaves_nothing(backend, send, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("text,label\nonly one row,a\n")
    with pytest.raises(DatasetError, match="at least 2"):
        await send(path)
    assert list(backend.blobs.digests()) == []


async def test_rows_that_were_left_out_are_told(send, tmp_path, image_folder):
    (image_folder / "circle" / "000.png").write_bytes(b"not an image")
    record = await send(zip_folder(image_folder, tmp_path / "shapes.zip"))
    assert (record.row_count, record.issue_count) == (35, 1)
    assert "circle/000.png" in record.issues[0].row


async def test_registered_data_stays_where_it_is(backend, image_folder, tmp_path):
    (tmp_path / "shared").mkdir()
    shutil.copytree(image_folder, tmp_path / "shared" / "shapes")
    (tmp_path / "scratch").mkdir()
    uri = (tmp_path / "shared" / "shapes").as_uri()
    key = RequestKey("default", "", "RegisterDataset", "")
    record = await register(backend, "default", uri, tmp_path / "scratch", modality="", display_name="", key=key)
    assert (record.uri, record.blob, record.display_name, record.row_count) == (uri, "", "shapes", 36)
    assert record.size_bytes == sum(path.stat().st_size for path in image_folder.rglob("*.png"))
    assert list(backend.blobs.digests()) == []


@pytest.fixture
def registered(backend, image_folder, tmp_path):
    """Register a copy of the images at a place under the data root."""

    async def registered(name, *, modality=""):
        place = tmp_path / "shared" / name
        shutil.copytree(image_folder, place)
        scratch = tmp_path / f"scratch-{name}"
        scratch.mkdir()
        key = RequestKey("default", "", "RegisterDataset", "")
        return await register(
            backend, "default", place.as_uri(), scratch, modality=modality, display_name="", key=key
        )

    return registered


async def test_registered_data_that_moved_is_found_at_its_new_place(registered, tmp_path):
    first = await registered("a")
    shutil.rmtree(tmp_path / "shared" / "a")
    second = await registered("b")
    assert (second.digest, second.display_name) == (first.digest, "a")
    assert second.uri == (tmp_path / "shared" / "b").as_uri()


async def test_an_upload_of_registered_data_is_kept(backend, registered, send, image_zip):
    await registered("a")
    record = await send(image_zip)
    assert (record.uri, record.file_name) == ("", image_zip.name)
    assert record.size_bytes == image_zip.stat().st_size
    assert list(backend.blobs.digests()) == [record.blob]


async def test_the_same_content_with_another_modality_is_refused(backend, send, tmp_path, image_folder):
    """Content that both can read: pictures, and a table of texts that names them."""
    rows = [f"{path.relative_to(image_folder)},a text of {path.stem}" for path in image_folder.rglob("*.png")]
    lines = [f"{row},{place % 2}" for place, row in enumerate(rows)]
    (image_folder / "manifest.csv").write_text("\n".join(["image,text,label", *lines]))
    both = zip_folder(image_folder, tmp_path / "both.zip")
    first = await send(both)
    assert first.modality == "image"
    with pytest.raises(FailedPrecondition, match=r"'image', but 'text' was asked for"):
        await send(both, modality="text")
    assert await send(both, modality="image") == await send(both) == first
    assert list(backend.blobs.digests()) == [first.blob]


async def test_data_outside_the_roots_is_refused(backend, image_folder, tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "scratch").mkdir()
    key = RequestKey("default", "", "RegisterDataset", "")
    with pytest.raises(DatasetError, match="data roots"):
        await register(
            backend, "default", image_folder.as_uri(), tmp_path / "scratch", modality="", display_name="", key=key
        )


async def test_data_of_an_allowed_store_is_registered_and_left_there(
    object_store, image_folder, tmp_path, monkeypatch
):
    """Who fetches it has the credentials of the environment, and who opens it has not."""
    for name, value in object_store.environment().items():
        monkeypatch.setenv(name, value)
    base = f"{object_store.bucket_url}/{tmp_path.name}"
    files = fsspec.filesystem("s3", skip_instance_cache=True)
    files.put(f"{image_folder}/", f"{base}/shapes/", recursive=True)
    (tmp_path / "scratch").mkdir()
    backend = Backend(ServerConfig(tmp_path / "data", data_stores=(base,)))
    call = {"modality": "", "display_name": "", "key": RequestKey("default", "", "RegisterDataset", "")}
    try:
        uri = f"{base}/shapes/"
        record = await register(backend, "default", uri, tmp_path / "scratch", **call)
        assert (record.uri, record.blob, record.display_name, record.row_count) == (uri, "", "shapes", 36)
        for refused in (object_store.bucket_url, "gs://other/data", "memory://data"):
            with pytest.raises(DatasetError, match=f"not fetched from .*; allowed: {base}"):
                await register(backend, "default", refused, tmp_path / "scratch", **call)
        (reader,), (fetcher,) = backend.intake._idle, backend.fetching._idle
        secret = b"AWS_SECRET_ACCESS_KEY="
        assert secret in Path(f"/proc/{fetcher.pid}/environ").read_bytes()
        assert secret not in Path(f"/proc/{reader.pid}/environ").read_bytes()
    finally:
        await backend.intake.close()
        await backend.fetching.close()
        backend.close()
