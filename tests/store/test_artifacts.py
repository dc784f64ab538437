"""Artifacts as callers see them."""

import pytest

from automl_tl.errors import NotFound
from automl_tl.pipeline.spec import Stage
from automl_tl.store.pages import PageRequest
from automl_tl.store.stages import Publication


@pytest.fixture
def published(shop):
    shop.job("job-1")
    files = [
        Publication(f"f{n}.bin", "model", "application/x", shop.blobs.put_bytes(bytes([n]))) for n in range(5)
    ]
    shop.ledger.publish_stage(shop.lease(), Stage.FIT, files, shop.blobs)
    return shop


def test_an_artifact_knows_its_stage_size_and_digest(published):
    record = published.ledger.artifacts.get("default", "job-1", "f2.bin")
    assert (record.kind, record.media_type, record.size_bytes, record.stage) == (
        "model",
        "application/x",
        1,
        "FIT",
    )
    assert published.blobs.open(record.sha256).read() == b"\2"
    assert record.create_time.timestamp() == published.clock.now


def test_pages_come_in_order_of_publication(published):
    first = published.ledger.artifacts.list("default", "job-1", PageRequest(3))
    rest = published.ledger.artifacts.list("default", "job-1", PageRequest(3, first.next_token))
    assert [item.artifact for item in (*first.items, *rest.items)] == [f"f{n}.bin" for n in range(5)]


def test_what_is_not_there_is_not_found(published):
    with pytest.raises(NotFound, match="no artifact 'g'"):
        published.ledger.artifacts.get("default", "job-1", "g")
    with pytest.raises(NotFound, match="no job 'job-9'"):
        published.ledger.artifacts.list("default", "job-9", PageRequest())
