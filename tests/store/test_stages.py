"""A stage is published once, whole or not at all."""

import pytest

from automl_tl.errors import AlreadyExists, DataCorrupted
from automl_tl.pipeline.events import ArtifactPublished, StageProgress
from automl_tl.pipeline.spec import Stage
from automl_tl.store.pages import PageRequest
from automl_tl.store.stages import Publication


def publication(shop, name="profile.json", data=b"{}"):
    return Publication(name, "profile", "application/json", shop.blobs.put_bytes(data))


def artifacts(shop):
    return [item.artifact for item in shop.ledger.artifacts.list("default", "job-1", PageRequest()).items]


def test_publishing_writes_stage_artifacts_and_events_together(shop):
    shop.job("job-1")
    lease = shop.lease()
    file = publication(shop)
    assert not shop.ledger.stages.finished(lease, Stage.INGEST)
    shop.ledger.publish_stage(lease, Stage.INGEST, [file], shop.blobs)
    assert shop.ledger.stages.finished(lease, Stage.INGEST)
    told = ArtifactPublished("profile.json", "profile", "application/json", 2, file.blob.sha256)
    assert shop.history("job-1")[-1] == ("artifact", told)
    assert artifacts(shop) == ["profile.json"]


def test_a_stage_is_published_once(shop):
    shop.job("job-1")
    lease = shop.lease()
    shop.ledger.publish_stage(lease, Stage.INGEST, [], shop.blobs)
    with pytest.raises(AlreadyExists, match="stage INGEST"):
        shop.ledger.publish_stage(lease, Stage.INGEST, [publication(shop)], shop.blobs)
    assert artifacts(shop) == []


@pytest.mark.parametrize("again", [Stage.INGEST, Stage.PROBE])
def test_an_artifact_name_is_used_once_in_a_job(shop, again):
    shop.job("job-1")
    lease = shop.lease()
    files = [publication(shop)]
    if again is Stage.INGEST:
        files *= 2
    else:
        shop.ledger.publish_stage(lease, Stage.INGEST, files, shop.blobs)
    before = shop.history("job-1")
    with pytest.raises(AlreadyExists, match=r"'profile\.json' already"):
        shop.ledger.publish_stage(lease, again, files, shop.blobs)
    assert shop.history("job-1") == before
    assert not shop.ledger.stages.finished(lease, again)


def test_a_row_never_points_to_a_blob_that_is_gone(shop):
    shop.job("job-1")
    lease = shop.lease()
    files = [publication(shop), publication(shop, "b", b"b")]
    shop.blobs.delete(files[1].blob.sha256)
    with pytest.raises(DataCorrupted, match="store it again"):
        shop.ledger.publish_stage(lease, Stage.INGEST, files, shop.blobs)
    assert artifacts(shop) == []
    assert not shop.ledger.stages.finished(lease, Stage.INGEST)


def test_a_job_shows_the_stage_that_runs_and_how_far_it_is(shop):
    shop.job("job-1")
    lease = shop.lease()
    shop.ledger.stages.begin(lease, Stage.PROBE)
    shop.ledger.stages.progress(lease, 1.7, "almost")
    job = shop.ledger.jobs.get("default", "job-1")
    assert (job.stage, job.progress, job.message) == ("PROBE", 1.0, "almost")
    assert shop.history("job-1")[-1] == ("progress", StageProgress("PROBE", 1.0, "almost"))
    shop.ledger.stages.begin(lease, Stage.RANK)
    job = shop.ledger.jobs.get("default", "job-1")
    assert (job.stage, job.progress, job.message) == ("RANK", 0.0, "")


def test_a_warning_reaches_watchers(shop):
    shop.job("job-1")
    shop.ledger.stages.warn(shop.lease(), "two rows are alike")
    assert shop.history("job-1")[-1][1].message == "two rows are alike"
