"""Only what nothing points to is erased."""

import os
import time

from automl_tl.pipeline.spec import JobState, Stage
from automl_tl.search.budget import StopReason
from automl_tl.store.stages import Publication

DIGEST = "d1" * 32  # of the dataset that the fixture makes


def test_a_shared_blob_outlives_all_but_its_last_owner(shop):
    blob = shop.blobs.put_bytes(b"same")
    for name in ("job-1", "job-2"):
        shop.job(name)
        lease = shop.lease()
        shop.ledger.publish_stage(lease, Stage.FIT, [Publication("m", "model", "x", blob)], shop.blobs)
        shop.ledger.finish(lease, JobState.SUCCEEDED, StopReason.COMPLETED)
    shop.ledger.jobs.delete("default", "job-1")
    assert shop.ledger.references.erase([blob.sha256], shop.blobs) == ()
    assert shop.blobs.exists(blob.sha256)
    shop.ledger.jobs.delete("default", "job-2")
    assert shop.ledger.references.erase([blob.sha256], shop.blobs) == (blob.sha256,)
    assert not shop.blobs.exists(blob.sha256)


def test_collecting_erases_old_orphans_and_spares_the_young_and_the_used(shop):
    orphan, used, young = (shop.blobs.put_bytes(data).sha256 for data in (b"orphan", b"used", b"young"))
    shop.dataset(DIGEST, blob=used)
    for digest in (orphan, used):
        hours_ago = time.time() - 7200
        os.utime(shop.blobs.path(digest), (hours_ago, hours_ago))
    assert shop.ledger.references.collect(shop.blobs) == (orphan,)
    assert [shop.blobs.exists(digest) for digest in (orphan, used, young)] == [False, True, True]
