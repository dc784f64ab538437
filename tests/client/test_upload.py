"""Uploads arrive as header and chunks with the digest that the header promises."""

import hashlib

import grpc
import pytest

from automl_tl import errors
from automl_tl.client.upload import CHUNK_BYTES
from automl_tl.v1 import datasets_pb2


class Inbox:
    """An UploadDataset that keeps what it gets; ``broken`` attempts end with UNAVAILABLE."""

    def __init__(self, *, broken=0):
        self.broken, self.headers, self.chunks = broken, [], []

    def __call__(self, requests, context):
        self.chunks = []
        for request in requests:
            if request.WhichOneof("part") == "header":
                self.headers.append(request.header)
            else:
                self.chunks.append(request.chunk)
        if len(self.headers) <= self.broken:
            context.abort(grpc.StatusCode.UNAVAILABLE, "connection reset")
        header = self.headers[-1]
        return datasets_pb2.Dataset(name="projects/p/datasets/x", display_name=header.dataset.display_name)


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, 2 * CHUNK_BYTES + 7])
def test_bytes_arrive_in_chunks_with_size_and_digest(tmp_path, fake_service, connect, size):
    file = tmp_path / "table.csv"
    file.write_bytes(bytes(range(256)) * (size // 256) + b"x" * (size % 256))
    inbox, seen = Inbox(), []
    connect(fake_service(UploadDataset=inbox).address).upload(
        file, modality="text", on_progress=lambda done, total: seen.append((done, total))
    )
    header, body = inbox.headers[0], b"".join(inbox.chunks)
    assert body == file.read_bytes()
    assert header.sha256 == hashlib.sha256(body).digest()
    assert (header.size_bytes, header.file_name, header.dataset.modality) == (size, "table.csv", "text")
    assert header.parent == "projects/default"
    assert all(len(chunk) <= CHUNK_BYTES for chunk in inbox.chunks)
    assert seen[-1:] == ([(size, size)] if size else [])


def test_a_directory_is_sent_as_an_archive_under_its_own_name(tmp_path, fake_service, connect):
    (tmp_path / "digits" / "0").mkdir(parents=True)
    (tmp_path / "digits" / "0" / "a.png").write_bytes(b"picture")
    inbox = Inbox()
    dataset = connect(fake_service(UploadDataset=inbox).address).upload(tmp_path / "digits")
    assert dataset.display_name == "digits"
    assert inbox.headers[0].file_name == "dataset.zip"
    assert b"".join(inbox.chunks).startswith(b"PK")


def test_a_broken_upload_is_sent_again_from_the_start(tmp_path, fake_service, connect):
    (tmp_path / "a.csv").write_text("text,label\nhello,1\n")
    inbox = Inbox(broken=1)
    connect(fake_service(UploadDataset=inbox).address).upload(tmp_path / "a.csv")
    assert len(inbox.headers) == 2
    assert b"".join(inbox.chunks) == (tmp_path / "a.csv").read_bytes()


def test_a_refusal_in_the_middle_is_the_callers_error(tmp_path, fake_service, connect, abort):
    (tmp_path / "a.csv").write_bytes(b"x" * (3 * CHUNK_BYTES))

    def refuse(requests, context):
        next(requests)
        abort(context, grpc.StatusCode.RESOURCE_EXHAUSTED, "at most 1 MB", reason="LIMIT_EXCEEDED", field="size")

    with pytest.raises(errors.LimitExceeded, match="at most 1 MB"):
        connect(fake_service(UploadDataset=refuse).address).upload(tmp_path / "a.csv")
