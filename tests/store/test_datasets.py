"""Datasets are what their content is."""

from dataclasses import replace

import pytest

from automl_tl.data.dataset import RowIssue
from automl_tl.errors import DataCorrupted, FailedPrecondition, NotFound
from automl_tl.pipeline.spec import JobState
from automl_tl.search.budget import StopReason
from automl_tl.store.pages import PageRequest
from automl_tl.store.requests import RequestKey

DIGEST = "d1" * 32  # of the dataset that the fixture makes


def test_a_dataset_comes_back_as_it_was(shop):
    blob = shop.blobs.put_bytes(b"zip").sha256
    record = shop.dataset(blob=blob, file_name="a.zip", issues=(RowIssue("3", "unreadable"),), issue_count=1)
    found = shop.ledger.datasets.get("default", DIGEST)
    assert found == record
    assert (found.blob, found.issues, found.columns[0].example_values) == (
        blob,
        (RowIssue("3", "unreadable"),),
        ("cat", "dog"),
    )


def test_the_same_content_is_the_same_dataset_and_keeps_its_first_name(shop):
    first = shop.dataset(display_name="first")
    assert shop.dataset(display_name="second") == first
    assert len(shop.ledger.datasets.list("default", PageRequest()).items) == 1


def test_data_that_moved_is_registered_at_its_new_place(shop):
    """Otherwise every job would look where nothing is any more."""
    shop.dataset(uri="file:///data/a", display_name="first")
    moved = shop.dataset(uri="file:///data/b", size_bytes=7, display_name="second")
    assert (moved.uri, moved.size_bytes, moved.display_name) == ("file:///data/b", 7, "first")
    assert shop.ledger.datasets.get("default", DIGEST) == moved
    assert len(shop.ledger.datasets.list("default", PageRequest()).items) == 1


def test_an_upload_of_registered_data_is_kept(shop):
    """Its blob takes the place of the address, and goes with the dataset."""
    shop.dataset(uri="file:///data/a")
    blob = shop.blobs.put_bytes(b"zip").sha256
    kept = shop.dataset(blob=blob, file_name="a.zip")
    assert (kept.blob, kept.file_name, kept.uri) == (blob, "a.zip", "")
    assert shop.ledger.references.erase([blob], shop.blobs) == ()
    other = shop.blobs.put_bytes(b"other").sha256
    for again in ({"uri": "file:///data/b"}, {"blob": other, "file_name": "b.zip"}):
        assert shop.dataset(**again) == kept
    shop.ledger.datasets.delete("default", DIGEST)
    shop.ledger.erasures.carry_out(shop.directory, shop.blobs)
    assert list(shop.blobs.digests()) == [other]


def test_a_registered_dataset_is_never_given_a_blob_that_is_gone(shop):
    """It stays where it was."""
    there = shop.dataset(uri="file:///data/a")
    with pytest.raises(DataCorrupted, match="store it again"):
        shop.dataset(blob="b" * 64, file_name="a.zip")
    assert shop.ledger.datasets.get("default", DIGEST) == there


def test_another_modality_than_the_one_there_is_refused(shop):
    """Without one in the request, what is there is what was meant."""
    there = shop.dataset(uri="file:///data/a")
    add, moved = shop.ledger.datasets.add, replace(there, modality="text", uri="file:///data/b")
    with pytest.raises(FailedPrecondition, match=r"'image', but 'text' was asked for; delete") as caught:
        add(moved, shop.blobs, modality="text")
    assert caught.value.field == "modality"
    assert shop.ledger.datasets.get("default", DIGEST) == there
    assert add(moved, shop.blobs).modality == "image"


def test_a_row_never_points_to_a_blob_that_is_gone(shop):
    with pytest.raises(DataCorrupted, match="store it again"):
        shop.dataset(blob="b" * 64)
    assert shop.ledger.datasets.list("default", PageRequest()).items == ()


def test_datasets_are_listed_newest_first_by_page(shop):
    digests = [f"{number:02x}" * 32 for number in range(5)]
    for digest in digests:
        shop.dataset(digest)
    shop.dataset("ff" * 32, project="other")
    first = shop.ledger.datasets.list("default", PageRequest(3))
    rest = shop.ledger.datasets.list("default", PageRequest(3, first.next_token))
    assert [item.digest for item in (*first.items, *rest.items)] == digests[::-1]


def test_a_dataset_in_use_is_not_deleted(shop):
    shop.job("job-1")
    with pytest.raises(FailedPrecondition, match="job 'job-1' is QUEUED"):
        shop.ledger.datasets.delete("default", DIGEST)
    lease = shop.lease()
    with pytest.raises(FailedPrecondition, match="job 'job-1' is RUNNING"):
        shop.ledger.datasets.delete("default", DIGEST)
    shop.ledger.finish(lease, JobState.SUCCEEDED, StopReason.COMPLETED)
    shop.ledger.datasets.delete("default", DIGEST)
    with pytest.raises(NotFound):
        shop.ledger.datasets.get("default", DIGEST)
    assert shop.ledger.jobs.get("default", "job-1").state is JobState.SUCCEEDED


def test_a_repeated_deletion_is_harmless_by_its_request_id(shop):
    shop.dataset()
    key = RequestKey("default", "r-1", "DeleteDataset", DIGEST)
    for _ in range(2):
        shop.ledger.datasets.delete("default", DIGEST, key=key)
    with pytest.raises(NotFound):
        shop.ledger.datasets.delete("default", DIGEST)
