"""What was sent is what arrived, or the upload is refused."""

import asyncio
import hashlib
import threading

import pytest

from automl_tl.errors import DataCorrupted, InvalidInput, InvalidName, LimitExceeded
from automl_tl.server.backend import Backend
from automl_tl.server.config import ServerConfig
from automl_tl.server.upload import MAX_CHUNK, Header, check_display_name, read_header, receive, upload_place
from automl_tl.v1 import datasets_pb2 as wire

DATA = bytes(range(256)) * 40


async def stream(*messages):
    for message in messages:
        yield message


def header_message(**changes):
    values = {
        "parent": "projects/default",
        "file_name": "a.zip",
        "size_bytes": len(DATA),
        "sha256": hashlib.sha256(DATA).digest(),
        "dataset": wire.Dataset(display_name="mine", modality="image"),
    }
    return wire.UploadDatasetRequest(header=wire.UploadHeader(**{**values, **changes}))


def chunks(data, size=1000):
    return [wire.UploadDatasetRequest(chunk=data[at : at + size]) for at in range(0, len(data), size)]


HEADER = Header("default", "a.zip", len(DATA), hashlib.sha256(DATA).hexdigest(), "", "")


@pytest.fixture
def backend(tmp_path):
    backend = Backend(ServerConfig(tmp_path / "data"))
    yield backend
    backend.close()


async def test_a_header_is_read():
    header = await read_header(stream(header_message()), max_bytes=10**6)
    assert header == Header("default", "a.zip", len(DATA), hashlib.sha256(DATA).hexdigest(), "image", "mine")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"file_name": "a.exe"}, "header.file_name"),
        ({"file_name": ""}, "header.file_name"),
        ({"file_name": "../a.zip"}, "header.file_name"),
        ({"file_name": "a\\b.zip"}, "header.file_name"),
        ({"sha256": b"short"}, "header.sha256"),
        ({"size_bytes": 0}, "header.size_bytes"),
        ({"size_bytes": -1}, "header.size_bytes"),
        ({"parent": "default"}, "header.parent"),
        ({"dataset": wire.Dataset(display_name="x" * 129)}, "header.dataset.display_name"),
    ],
)
async def test_a_bad_header_names_its_field(changes, field):
    with pytest.raises((InvalidInput, InvalidName)) as caught:
        await read_header(stream(header_message(**changes)), max_bytes=10**6)
    assert caught.value.field == field


@pytest.mark.parametrize("first", [[], chunks(b"abc"), [wire.UploadDatasetRequest()]])
async def test_an_upload_without_a_header_is_refused(first):
    with pytest.raises(InvalidInput, match="first message"):
        await read_header(stream(*first), max_bytes=10**6)


async def test_an_upload_that_is_too_large_is_refused_before_it_is_sent():
    with pytest.raises(LimitExceeded, match="at most 100"):
        await read_header(stream(header_message()), max_bytes=100)


async def test_chunks_are_put_together(backend, tmp_path):
    await receive(stream(*chunks(DATA, 999)), HEADER, tmp_path / "upload", backend)
    assert (tmp_path / "upload").read_bytes() == DATA


@pytest.mark.parametrize(
    ("sent", "text"),
    [(DATA[:-1], "ended after 10239 of 10240 bytes"), (DATA + b"x", "more than"), (b"x" + DATA[1:], "SHA-256")],
)
async def test_what_differs_from_the_header_is_data_loss(backend, tmp_path, sent, text):
    with pytest.raises(DataCorrupted, match=text):
        await receive(stream(*chunks(sent)), HEADER, tmp_path / "upload", backend)


async def test_a_chunk_has_a_limit(backend, tmp_path):
    with pytest.raises(InvalidInput, match=f"at most {MAX_CHUNK}"):
        await receive(stream(*chunks(bytes(MAX_CHUNK + 1), MAX_CHUNK + 1)), HEADER, tmp_path / "upload", backend)


async def test_a_second_header_is_refused(backend, tmp_path):
    with pytest.raises(InvalidInput, match="must be a chunk"):
        await receive(stream(header_message()), HEADER, tmp_path / "upload", backend)


def test_a_display_name_has_a_limit():
    assert check_display_name("x" * 128, field="f") == "x" * 128
    with pytest.raises(InvalidInput, match="128"):
        check_display_name("x" * 129, field="f")


async def test_a_place_is_erased_however_the_upload_ends(backend):
    async with upload_place(backend, project="default", file_name="a.zip") as place:
        (place / "upload").write_bytes(b"x")
        assert backend.ledger.uploads.count() == 1
    assert not place.exists()
    assert backend.ledger.uploads.count() == 0


async def test_a_caller_who_leaves_while_the_place_is_made_leaves_nothing(backend, monkeypatch):
    made, go_on = threading.Event(), threading.Event()
    begin = backend.ledger.uploads.begin

    def begin_slowly(*arguments, **options):
        begin(*arguments, **options)
        made.set()
        go_on.wait(10)

    async def upload():
        async with upload_place(backend, project="default", file_name="a.zip"):
            raise AssertionError("never reached")

    monkeypatch.setattr(backend.ledger.uploads, "begin", begin_slowly)
    task = asyncio.ensure_future(upload())
    await asyncio.to_thread(made.wait, 10)
    task.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert backend.ledger.uploads.count() == 0
    assert list(backend.directory.uploads.iterdir()) == []
