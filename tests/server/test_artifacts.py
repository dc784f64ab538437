"""ArtifactService on the wire."""

import hashlib

import grpc
import pytest

from automl_tl.pipeline.spec import Stage
from automl_tl.v1 import artifacts_pb2 as wire

JOB = "projects/default/jobs/job-1"
BIG = hashlib.shake_128(b"big").digest((5 << 19) + 3)


@pytest.fixture
async def published(service, text_dataset):
    """Publish a large, a small and an empty file."""
    await service.create(text_dataset.name, job_id="job-1")
    lease = service.ledger.claim_next("w", 60)
    service.publish(lease, Stage.FIT, {"big.bin": BIG, "small.txt": b"hello", "empty": b""})
    return service


def read(service, name, offset=0):
    return service.artifacts.ReadArtifact(wire.ReadArtifactRequest(name=f"{JOB}/artifacts/{name}", offset=offset))


async def content(service, name, offset=0):
    """Read to the end and check that the pieces join."""
    data, sizes = b"", []
    async for piece in read(service, name, offset):
        assert piece.offset == offset + len(data)
        data += piece.chunk
        sizes.append(len(piece.chunk))
    assert all(size <= 1 << 20 for size in sizes)
    return data, len(sizes)


async def test_artifacts_are_listed_by_page_and_described(published):
    first = await published.artifacts.ListArtifacts(wire.ListArtifactsRequest(parent=JOB, page_size=2))
    request = wire.ListArtifactsRequest(parent=JOB, page_size=2, page_token=first.next_page_token)
    rest = await published.artifacts.ListArtifacts(request)
    found = [*first.artifacts, *rest.artifacts]
    assert [artifact.name for artifact in found] == [
        f"{JOB}/artifacts/{n}" for n in ("big.bin", "small.txt", "empty")
    ]
    assert (found[0].size_bytes, found[0].sha256) == (len(BIG), hashlib.sha256(BIG).digest())
    assert (found[1].kind, found[1].media_type, found[1].stage) == ("thing", "x/y", "FIT")
    assert await published.artifacts.GetArtifact(wire.GetArtifactRequest(name=found[1].name)) == found[1]


@pytest.mark.parametrize("offset", [0, 1, 1 << 20, (1 << 20) + 7, len(BIG) - 1])
async def test_bytes_are_streamed_from_an_offset(published, offset):
    data, pieces = await content(published, "big.bin", offset)
    assert data == BIG[offset:]
    assert pieces == -(-len(data) // (1 << 20))


@pytest.mark.parametrize(("name", "offset"), [("empty", 0), ("small.txt", 5)])
async def test_nothing_to_send_is_one_empty_piece(published, name, offset):
    assert await content(published, name, offset) == (b"", 1)


@pytest.mark.parametrize("offset", [-1, 6])
async def test_an_offset_outside_is_out_of_range(published, offset):
    told = await published.refused(read(published, "small.txt", offset))
    assert (told.code, told.fields) == (grpc.StatusCode.OUT_OF_RANGE, ("offset",))


@pytest.mark.parametrize("name", ["nothing", "../../etc/passwd", ""])
async def test_what_is_not_there(published, name):
    told = await published.refused(read(published, name))
    assert told.code in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT)


async def test_lost_bytes_are_data_loss(published):
    for digest in list(published.blobs.digests()):
        published.blobs.delete(digest)
    assert (await published.refused(read(published, "small.txt"))).code is grpc.StatusCode.DATA_LOSS
