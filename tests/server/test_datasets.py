"""DatasetService on the wire."""

import asyncio
import shutil

import grpc
import pytest

from automl_tl.pipeline.spec import JobState
from automl_tl.search.budget import StopReason
from automl_tl.v1 import datasets_pb2 as wire

from .conftest import PARENT, upload_messages, zip_folder


def nothing_left(service):
    """Return whether a failed call left neither file nor row."""
    layout = service.backend.directory
    return (
        list(layout.uploads.iterdir()) == []
        and list(service.blobs.digests()) == []
        and list((layout.blobs / "tmp").iterdir()) == []
        and service.ledger.uploads.count() == 0
    )


async def test_an_image_archive(service, image_zip):
    dataset = await service.upload(image_zip, chunk=777)
    assert (dataset.modality, dataset.row_count, dataset.display_name) == ("image", 36, "mine")
    assert dataset.size_bytes == image_zip.stat().st_size
    (column,) = dataset.columns
    assert (column.name, column.unique_count, list(column.example_values)) == (
        "label", 3, ["circle", "cross", "square"],
    )  # fmt: skip
    assert list(service.backend.directory.uploads.iterdir()) == []
    assert service.ledger.uploads.count() == 0
    assert await service.datasets.GetDataset(wire.GetDatasetRequest(name=dataset.name)) == dataset


async def test_a_text_table(service, text_csv):
    dataset = await service.upload(text_csv)
    assert (dataset.modality, dataset.row_count) == ("text", 36)
    assert [column.name for column in dataset.columns] == ["label", "split", "speaker"]


async def test_the_same_content_sent_again_is_the_same_dataset(service, text_csv):
    first, second = await asyncio.gather(service.upload(text_csv), service.upload(text_csv))
    assert first == second
    assert len((await service.datasets.ListDatasets(wire.ListDatasetsRequest(parent=PARENT))).datasets) == 1
    assert len(list(service.blobs.digests())) == 1


@pytest.mark.parametrize(
    ("header", "data", "code", "text"),
    [
        ({"sha256": bytes(32)}, None, grpc.StatusCode.DATA_LOSS, "SHA-256"),
        ({"size_bytes": 10**6}, None, grpc.StatusCode.DATA_LOSS, "ended after"),
        ({"size_bytes": 10}, None, grpc.StatusCode.DATA_LOSS, "more than the 10 bytes"),
        ({"file_name": "notes.exe"}, None, grpc.StatusCode.INVALID_ARGUMENT, "must end in one of"),
        ({"file_name": "notes.zip"}, None, grpc.StatusCode.INVALID_ARGUMENT, "notes.zip"),
        ({"size_bytes": 2**60}, None, grpc.StatusCode.RESOURCE_EXHAUSTED, "at most"),
        ({"dataset": wire.Dataset(modality="smell")}, None, grpc.StatusCode.INVALID_ARGUMENT, "smell"),
    ],
)
async def test_a_bad_upload_is_refused_and_leaves_nothing(service, text_csv, header, data, code, text):
    call = service.datasets.UploadDataset(upload_messages(text_csv, data=data, **header))
    told = await service.refused(call)
    assert told.code is code
    assert text in told.message
    assert str(service.backend.directory.root) not in told.message
    assert nothing_left(service)
    assert (await service.datasets.ListDatasets(wire.ListDatasetsRequest(parent=PARENT))).datasets == []


async def test_bad_content_is_one_clear_error_that_names_the_row(service, image_folder, tmp_path):
    for path in list(image_folder.rglob("*.png"))[:30]:
        path.write_bytes(b"not an image")
    told = await service.refused(service.upload(zip_folder(image_folder, tmp_path / "broken.zip")))
    assert (told.code, told.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_DATASET")
    assert ".png" in told.message
    assert nothing_left(service)


async def test_an_upload_that_breaks_off_leaves_nothing(service, text_csv):
    sent = asyncio.Event()

    async def half():
        messages = upload_messages(text_csv, chunk=100)
        for _ in range(3):
            yield next(messages)
        sent.set()
        await asyncio.Event().wait()

    call = service.datasets.UploadDataset(half())
    await sent.wait()
    for _ in range(100):
        if service.ledger.uploads.count():
            break
        await asyncio.sleep(0.02)
    assert service.ledger.uploads.count() == 1
    call.cancel()
    for _ in range(200):
        if nothing_left(service):
            break
        await asyncio.sleep(0.02)
    assert nothing_left(service)


async def test_datasets_are_paged_newest_first(service, text_csv, tmp_path):
    names = []
    for number in range(3):
        path = tmp_path / f"{number}.csv"
        path.write_text(text_csv.read_text() + f"one more {number},music,train,old\n")
        names.append((await service.upload(path)).name)
    first = await service.datasets.ListDatasets(wire.ListDatasetsRequest(parent=PARENT, page_size=2))
    request = wire.ListDatasetsRequest(parent=PARENT, page_size=2, page_token=first.next_page_token)
    rest = await service.datasets.ListDatasets(request)
    assert [dataset.name for dataset in (*first.datasets, *rest.datasets)] == names[::-1]
    assert rest.next_page_token == ""


async def test_deleting_really_erases_the_files(service, image_zip):
    dataset = await service.upload(image_zip)
    digest = dataset.name.rpartition("/")[2]
    layout = service.backend.directory
    for directory in (layout.dataset_embeddings(digest), layout.dataset_work(digest)):
        directory.mkdir(parents=True)
        (directory / "bytes").write_bytes(b"x")
    for _ in range(2):
        await service.datasets.DeleteDataset(wire.DeleteDatasetRequest(name=dataset.name, request_id="r-1"))
    left = [path for part in ("blobs", "embeddings", "work", "uploads", "trash") for path in
            (layout.root / part).rglob("*") if path.is_file()]  # fmt: skip
    assert left == []
    told = await service.refused(service.datasets.GetDataset(wire.GetDatasetRequest(name=dataset.name)))
    assert told.code is grpc.StatusCode.NOT_FOUND
    assert (await service.upload(image_zip)).name == dataset.name


async def test_a_dataset_in_use_is_not_deleted(service, text_dataset):
    await service.create(text_dataset.name)
    request = wire.DeleteDatasetRequest(name=text_dataset.name)
    told = await service.refused(service.datasets.DeleteDataset(request))
    assert told.code is grpc.StatusCode.FAILED_PRECONDITION
    service.ledger.finish(service.ledger.claim_next("w", 60), JobState.FAILED, StopReason.FAILED)
    await service.datasets.DeleteDataset(request)


def register(service, uri, **changes):
    return service.datasets.RegisterDataset(wire.RegisterDatasetRequest(parent=PARENT, uri=uri, **changes))


async def test_without_data_roots_nothing_can_be_registered(service, image_folder):
    told = await service.refused(register(service, image_folder.as_uri()))
    assert (told.code, told.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("uri",))


class TestWithADataRoot:
    """A server that may read one directory."""

    @pytest.fixture
    def settings(self, settings, tmp_path):
        return {**settings, "data_roots": (tmp_path / "shared",)}

    @pytest.fixture
    def shapes(self, image_folder, tmp_path):
        return shutil.copytree(image_folder, tmp_path / "shared" / "shapes")

    async def test_data_below_it_is_registered_where_it_lies(self, service, shapes):
        dataset = await register(service, shapes.as_uri(), request_id="r-1")
        assert (dataset.uri, dataset.row_count, dataset.display_name) == (shapes.as_uri(), 36, "shapes")
        assert nothing_left(service)
        shutil.rmtree(shapes)
        assert await register(service, dataset.uri, request_id="r-1") == dataset
        await service.datasets.DeleteDataset(wire.DeleteDatasetRequest(name=dataset.name))

    async def test_deleting_leaves_registered_data_alone(self, service, shapes):
        dataset = await register(service, shapes.as_uri())
        await service.datasets.DeleteDataset(wire.DeleteDatasetRequest(name=dataset.name))
        assert len(list(shapes.rglob("*.png"))) == 36

    @pytest.mark.parametrize("way", ["outside", "dots", "link", "missing", "scheme"])
    async def test_no_way_leads_out_of_it(self, service, shapes, image_folder, tmp_path, way):
        (shapes.parent / "link").symlink_to(image_folder)
        uri = {
            "outside": image_folder.as_uri(),
            "dots": f"{shapes.parent.as_uri()}/../{image_folder.name}",
            "link": (shapes.parent / "link").as_uri(),
            "missing": (tmp_path / "nothing").as_uri(),
            "scheme": "http://169.254.169.254/latest",
        }[way]
        told = await service.refused(register(service, uri))
        assert (told.code, told.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("uri",))
        assert nothing_left(service)
