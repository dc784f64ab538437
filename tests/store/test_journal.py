"""The journal is what the pipeline asks of a door."""

import pytest

from automl_tl.errors import DataCorrupted, LeaseLost, NotFound
from automl_tl.pipeline.ports import ArtifactFile, Journal
from automl_tl.pipeline.spec import Stage
from automl_tl.search.trial import Trial
from automl_tl.store.journal import LedgerJournal
from automl_tl.transferability.base import RankedModel, Ranking


class Ticks:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def lease(shop):
    shop.job("job-1")
    return shop.lease()


@pytest.fixture
def journal(shop, lease) -> Journal:
    return LedgerJournal(shop.ledger, shop.blobs, lease)


def file(tmp_path, name="a.json", data=b"{}"):
    path = tmp_path / name
    path.write_bytes(data)
    return ArtifactFile(name, "thing", "application/json", path)


def test_a_published_file_can_be_fetched(journal, tmp_path):
    journal.begin(Stage.INGEST)
    assert not journal.finished_stage(Stage.INGEST)
    journal.publish(Stage.INGEST, [file(tmp_path)])
    assert journal.finished_stage(Stage.INGEST)
    target = journal.fetch("a.json", tmp_path / "deep" / "copy.json")
    assert target.read_bytes() == b"{}"


def test_what_was_not_published_cannot_be_fetched(journal, tmp_path):
    with pytest.raises(NotFound):
        journal.fetch("b.json", tmp_path / "copy")


def test_a_damaged_artifact_is_not_handed_out(shop, journal, tmp_path):
    journal.publish(Stage.INGEST, [file(tmp_path)])
    path = shop.blobs.path(shop.ledger.artifacts.get("default", "job-1", "a.json").sha256)
    path.chmod(0o600)
    path.write_bytes(b"[]")
    with pytest.raises(DataCorrupted):
        journal.fetch("a.json", tmp_path / "copy")


def test_a_blob_erased_in_the_moment_before_its_row_is_stored_again(shop, lease, tmp_path, monkeypatch):
    journal = LedgerJournal(shop.ledger, shop.blobs, lease)
    put_file, calls = shop.blobs.put_file, []

    def put_and_lose_the_first(path):
        blob = put_file(path)
        if not calls:
            shop.blobs.delete(blob.sha256)
        calls.append(path)
        return blob

    monkeypatch.setattr(shop.blobs, "put_file", put_and_lose_the_first)
    journal.publish(Stage.INGEST, [file(tmp_path)])
    assert len(calls) == 2
    assert journal.fetch("a.json", tmp_path / "copy").read_bytes() == b"{}"


def test_a_fast_loop_does_not_flood_the_history(shop, lease):
    ticks = Ticks()
    journal = LedgerJournal(shop.ledger, shop.blobs, lease, monotonic=ticks)
    journal.begin(Stage.PROBE)
    for step in range(1, 101):
        journal.progress(step / 100, f"{step}")
        ticks.now += 0.1
    told = [payload.message for kind, payload in shop.history("job-1") if kind == "progress"]
    assert told[0] == "1"
    assert told[-1] == "100"
    assert 15 <= len(told) <= 22


def test_every_stage_reports_its_beginning(shop, lease):
    journal = LedgerJournal(shop.ledger, shop.blobs, lease, monotonic=Ticks())
    for stage in (Stage.INGEST, Stage.PROBE):
        journal.begin(stage)
        journal.progress(0.0, stage.value)
    assert [p.message for kind, p in shop.history("job-1") if kind == "progress"] == ["INGEST", "PROBE"]


def test_trials_and_ranking_are_recorded(shop, journal):
    first = Trial("t0001", 1, "a:b", "full", {}, 0, "sampler")
    journal.record_trial(first)
    journal.record_ranking(Ranking((RankedModel("a:b", 1, 1.0, 0.0, 2.0),), ("knn",), 4))
    assert [trial.id for trial in journal.trials()] == ["t0001"]
    assert shop.ledger.rankings.get("default", "job-1").n_probe == 4
    journal.warn("careful")
    assert [kind for kind, _ in shop.history("job-1")] == ["job", "job", "trial", "ranking", "warning"]


@pytest.mark.parametrize(
    "asked",
    [
        {"metric": {"name": "log_loss"}},
        {"metric": {"name": "accuracy", "direction": "minimize"}},
        {"task": "regression"},
    ],
)
def test_a_metric_to_minimise_picks_the_smallest_value(shop, asked):
    """Also where the task's usual metric is one, and the job names none."""
    shop.job("job-1", **asked)
    journal = LedgerJournal(shop.ledger, shop.blobs, shop.lease())
    for number, value in ((1, 0.5), (2, 0.2)):
        journal.record_trial(Trial(f"t000{number}", number, "a:b", "full", {}, 0, "sampler", value=value))
    assert shop.ledger.jobs.get("default", "job-1").best_trial == "t0002"


def test_cancellation_is_heard(shop, journal):
    assert not journal.cancelled()
    shop.ledger.jobs.cancel("default", "job-1")
    assert journal.cancelled()


def test_a_lost_lease_counts_as_cancelled_and_refuses_writes(shop, journal, tmp_path):
    shop.clock.pass_seconds(31)
    shop.lease("w2")
    assert journal.cancelled()
    with pytest.raises(LeaseLost):
        journal.publish(Stage.INGEST, [file(tmp_path)])
