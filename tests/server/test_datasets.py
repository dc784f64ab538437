"""DatasetService on the wire."""

import asyncio
import shutil

import grpc
import pytest

from automl_tl.pipeline.spec import JobState
from automl_tl.search.budget import StopReason
from automl_tl.server.app import start
from automl_tl.server.config import ServerConfig
from automl_tl.store.quotas import Quota
from automl_tl.v1 import datasets_pb2 as wire

from .conftest import CATALOG, PARENT, Service, upload_messages, zip_folder


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


def parts(path, upload_id, *, offset=0, chunk=500, **header):
    """Yield an upload's messages from an offset on."""
    messages = list(upload_messages(path, chunk=chunk, upload_id=upload_id, offset=offset, **header))
    return [messages[0], *messages[1 + offset // chunk :]]


async def received(service, upload_id):
    return (
        await service.datasets.GetUpload(wire.GetUploadRequest(parent=PARENT, upload_id=upload_id))
    ).received_bytes


async def break_off(service, messages, expected):
    """Send messages, then leave the stream without a word."""
    call = service.datasets.UploadDataset()
    for message in messages:
        await call.write(message)
    while await received(service, "u1") < expected:
        await asyncio.sleep(0.01)
    call.cancel()


async def test_a_broken_upload_goes_on_where_it_broke(service, image_zip):
    await break_off(service, parts(image_zip, "u1")[:4], 1500)
    assert await received(service, "u1") == 1500
    dataset = await service.datasets.UploadDataset(iter(parts(image_zip, "u1", offset=1500)))
    assert dataset.row_count == 36
    assert await received(service, "u1") == 0
    assert list(service.backend.directory.uploads.iterdir()) == []


async def test_an_upload_may_start_again_before_its_end(service, image_zip):
    await break_off(service, parts(image_zip, "u1")[:4], 1500)
    assert (await service.datasets.UploadDataset(iter(parts(image_zip, "u1", offset=500)))).row_count == 36


async def test_half_an_upload_survives_the_server(settings, image_zip):
    for restart in (False, True):
        running = await start(ServerConfig(**settings), catalog=CATALOG)
        async with grpc.aio.insecure_channel(running.address) as channel:
            service = Service(running, channel, running.backend.ledger)
            if restart:
                assert await received(service, "u1") == 1500
                call = service.datasets.UploadDataset(iter(parts(image_zip, "u1", offset=1500)))
                assert (await call).row_count == 36
            else:
                await break_off(service, parts(image_zip, "u1")[:4], 1500)
        await running.stop()


async def test_deleting_a_dataset_erases_what_is_left_of_its_uploads(service, image_zip):
    """One that broke and was sent whole under another id."""
    await break_off(service, parts(image_zip, "u1")[:4], 1500)
    dataset = await service.datasets.UploadDataset(iter(parts(image_zip, "u2")))
    assert await received(service, "u1") == 1500
    await service.datasets.DeleteDataset(wire.DeleteDatasetRequest(name=dataset.name))
    assert await received(service, "u1") == 0
    assert [path for path in service.backend.directory.partial_uploads.rglob("*") if path.is_file()] == []


async def test_a_gap_is_out_of_range(service, image_zip):
    for offset in (500, -1, 10**9):
        messages = list(upload_messages(image_zip, upload_id="u1", offset=offset))
        told = await service.refused(service.datasets.UploadDataset(iter(messages)))
        assert told.code is grpc.StatusCode.OUT_OF_RANGE
        assert told.fields == ("header.offset",)


async def test_what_is_wrong_at_the_end_starts_again_and_what_is_short_goes_on(service, image_zip):
    content = image_zip.read_bytes()
    short = upload_messages(image_zip, upload_id="u1", data=content[:-1])
    assert (await service.refused(service.datasets.UploadDataset(short))).code is grpc.StatusCode.DATA_LOSS
    assert await received(service, "u1") == len(content) - 1
    wrong = upload_messages(image_zip, upload_id="u1", data=bytes(len(content)))
    assert (await service.refused(service.datasets.UploadDataset(wrong))).code is grpc.StatusCode.DATA_LOSS
    assert await received(service, "u1") == 0


async def test_ids_of_uploads_are_plain_words(service, image_zip):
    told = await service.refused(
        service.datasets.GetUpload(wire.GetUploadRequest(parent=PARENT, upload_id="../../etc"))
    )
    assert (told.code, told.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("upload_id",))
    bad = upload_messages(image_zip, upload_id="../x")
    assert (await service.refused(service.datasets.UploadDataset(bad))).fields == ("header.upload_id",)


async def test_more_than_a_project_may_store_is_refused_before_it_is_sent(settings, image_zip):
    quota = Quota(stored_bytes=image_zip.stat().st_size + 10)
    running = await start(ServerConfig(**settings, quota=quota), catalog=CATALOG)
    async with grpc.aio.insecure_channel(running.address) as channel:
        service = Service(running, channel, running.backend.ledger)
        await service.upload(image_zip)
        told = await service.refused(service.datasets.UploadDataset(upload_messages(image_zip)))
        assert (told.code, told.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "QUOTA_EXCEEDED")
    await running.stop()
