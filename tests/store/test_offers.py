"""The best model so far: one artifact that is replaced."""

import pytest

from automl_tl.errors import AlreadyExists, DataCorrupted, LeaseLost
from automl_tl.pipeline.events import ArtifactPublished
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.spec import Stage
from automl_tl.store.journal import LedgerJournal
from automl_tl.store.offers import Offers
from automl_tl.store.pages import PageRequest
from automl_tl.store.stages import Publication


def model(shop, data, *, kind="model_so_far"):
    return Publication("best.zip", kind, "application/zip", shop.blobs.put_bytes(data))


def artifacts(shop):
    return shop.ledger.artifacts.list("default", "job-1", PageRequest()).items


def test_an_offer_is_readable_at_once_and_takes_the_place_of_the_one_before(shop):
    """One artifact, the new bytes, an event for each."""
    shop.job("job-1")
    lease, offers = shop.lease(), Offers(shop.ledger.database)
    first, second = model(shop, b"one"), model(shop, b"two!")
    assert offers.put(lease, Stage.PROBE, first, shop.blobs) == ""
    assert offers.put(lease, Stage.SEARCH, second, shop.blobs) == first.blob.sha256
    (artifact,) = artifacts(shop)
    assert (artifact.sha256, artifact.size_bytes, artifact.kind) == (second.blob.sha256, 4, "model_so_far")
    told = ArtifactPublished("best.zip", "model_so_far", "application/zip", 4, second.blob.sha256)
    assert shop.history("job-1")[-1] == ("artifact", told)
    assert not shop.ledger.stages.finished(lease, Stage.SEARCH)


def test_the_same_bytes_again_are_no_news(shop):
    """Watchers hear of changes only."""
    shop.job("job-1")
    lease, offers = shop.lease(), Offers(shop.ledger.database)
    offers.put(lease, Stage.SEARCH, model(shop, b"one"), shop.blobs)
    before = shop.history("job-1")
    assert offers.put(lease, Stage.SEARCH, model(shop, b"one"), shop.blobs) == ""
    assert shop.history("job-1") == before


def test_what_a_stage_published_is_not_replaced(shop):
    """Nor does a row point to a blob that is gone, or a worker without the lease write."""
    shop.job("job-1")
    lease, offers = shop.lease(), Offers(shop.ledger.database)
    shop.ledger.publish_stage(lease, Stage.INGEST, [model(shop, b"x", kind="profile")], shop.blobs)
    with pytest.raises(AlreadyExists, match="of kind profile already"):
        offers.put(lease, Stage.SEARCH, model(shop, b"one"), shop.blobs)
    gone = model(shop, b"gone")
    shop.blobs.delete(gone.blob.sha256)
    with pytest.raises(DataCorrupted, match="store it again"):
        offers.put(lease, Stage.SEARCH, gone, shop.blobs)
    shop.ledger.release(lease)
    shop.lease()
    with pytest.raises(LeaseLost):
        offers.put(lease, Stage.SEARCH, model(shop, b"one"), shop.blobs)


def test_the_journal_erases_what_was_replaced_one_offer_later(shop, tmp_path):
    """Whoever reads the last one just now can finish."""
    shop.job("job-1")
    journal = LedgerJournal(shop.ledger, shop.blobs, shop.lease())
    digests = []
    for text in (b"one", b"two", b"three"):
        path = tmp_path / "best.zip"
        path.write_bytes(text)
        journal.offer(Stage.SEARCH, ArtifactFile("best.zip", "model_so_far", "application/zip", path))
        digests.append(artifacts(shop)[0].sha256)
    assert [shop.blobs.exists(digest) for digest in digests] == [False, True, True]
