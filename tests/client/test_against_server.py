"""The client against the real server over a real socket; the test itself plays the worker, through the ledger."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from automl_tl import errors
from automl_tl.cli.service_process import running_service
from automl_tl.client import Client
from automl_tl.finetune.workload import CurvePoint
from automl_tl.pipeline.events import (
    CHECKPOINT_KIND,
    ArtifactPublished,
    JobChanged,
    RankingReady,
    TrialChanged,
    Warned,
)
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.spec import BudgetSpec, JobSpec, JobState, ModelFilter, Stage
from automl_tl.search.budget import StopReason
from automl_tl.search.trial import Trial, TrialState
from automl_tl.store.journal import LedgerJournal
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.local_blobs import LocalBlobStore
from automl_tl.store.records import JobResult
from automl_tl.transferability.base import RankedModel, Ranking

HUB = ModelFilter(names=("timm", "hf"))
"""Named so that these tests do not depend on what the starter zoo holds; nothing is loaded."""


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    root = tmp_path_factory.mktemp("service")
    with running_service(root, workers=0) as address:
        ledger = Ledger(DataDirectory(root).ledger_url)
        yield SimpleNamespace(address=address, ledger=ledger, blobs=LocalBlobStore(DataDirectory(root).blobs))
        ledger.close()


@pytest.fixture
def client(service):
    with Client(service.address, timeout=20.0) as opened:
        yield opened


@pytest.fixture
def dataset(client, make_text_csv):
    return client.upload(make_text_csv(per_class=6), display_name="notes")


@pytest.fixture
def job(client, dataset):
    created = client.create_job(JobSpec(dataset=dataset.name, models=HUB, sensitive=("speaker",)))
    yield created
    if any(each.name == created.name and not each.state.final for each in client.list()):
        client.cancel(created)


def take(service, job):
    """Claim a job like a worker and return its journal with the lease."""
    lease = service.ledger.claim_next("test", 60.0, job=job.name)
    return LedgerJournal(service.ledger, service.blobs, lease, direction="maximize"), lease


def work(service, job, folder):
    """Do everything a worker records, without learning anything."""
    journal, lease = take(service, job)
    journal.begin(Stage.RANK)
    rows = tuple(RankedModel(f"timm:m{n}", n, 1.0 / n, 0.1, 0.9, {"logme": float(n)}) for n in (1, 2))
    journal.record_ranking(Ranking(rows, ("logme",), 10))
    journal.warn("few rows")
    point = CurvePoint(10, 1.0, 0.5, 0.3, {"accuracy": 0.75})
    trial = Trial("t0001", 1, "timm:m1", "full_finetune", {"learning_rate": 0.1}, 0, "sampler")
    journal.record_trial(trial)
    finished = Trial(
        **{
            **trial.__dict__,
            "state": TrialState.SUCCEEDED,
            "value": 0.75,
            "curve": (point,),
            "metrics": point.metrics,
        }
    )
    journal.record_trial(finished)
    (folder / "big.bin").write_bytes(np.random.default_rng(0).bytes(3_000_000))
    (folder / "candidate.zip").write_bytes(b"half-way")
    files = (
        ArtifactFile("big.bin", "model", "application/octet-stream", folder / "big.bin"),
        ArtifactFile("candidate.zip", CHECKPOINT_KIND, "application/zip", folder / "candidate.zip"),
    )
    journal.publish(Stage.RANK, files)
    service.ledger.finish(
        lease, JobState.SUCCEEDED, StopReason.COMPLETED, None, JobResult("timm:m1", "full_finetune")
    )


def test_an_upload_is_profiled_and_equal_content_is_one_dataset(client, dataset, make_text_csv):
    assert (dataset.modality, dataset.row_count, dataset.display_name) == ("text", 18, "notes")
    assert {column.name for column in dataset.columns} == {"label", "split", "speaker"}
    again = client.upload(make_text_csv("copy/notes.csv", per_class=6), display_name="another name")
    assert again.name == dataset.name
    assert client.get_dataset(dataset) == dataset
    assert dataset.name in {each.name for each in client.list_datasets()}


def test_an_image_directory_becomes_an_image_dataset(client, make_image_folder):
    dataset = client.upload(make_image_folder(per_class=3))
    assert (dataset.modality, dataset.row_count) == ("image", 9)


def test_bad_data_is_refused_in_words_and_leaves_nothing(client, tmp_path):
    (tmp_path / "bad.csv").write_text("colour,label\nred,1\n")
    before = {each.name for each in client.list_datasets()}
    with pytest.raises(errors.DatasetError, match="column"):
        client.upload(tmp_path / "bad.csv")
    assert {each.name for each in client.list_datasets()} == before


def test_a_spec_that_breaks_a_rule_is_refused_with_its_field(client, dataset):
    with pytest.raises(errors.InvalidInput, match="species") as caught:
        client.create_job(JobSpec(dataset=dataset.name, target="species", models=HUB))
    assert "target" in caught.value.field


def test_validate_only_creates_nothing(client, dataset):
    before = len(list(client.list()))
    client.create_job(JobSpec(dataset=dataset.name, models=HUB), validate_only=True)
    assert len(list(client.list())) == before


def test_a_request_id_makes_creation_repeatable(client, dataset):
    spec = JobSpec(dataset=dataset.name, models=HUB)
    first = client.create_job(spec, request_id="once-only-1")
    assert client.create_job(spec, request_id="once-only-1").name == first.name
    with pytest.raises(errors.AlreadyExists):
        client.create_job(spec.model_copy(update={"seed": 1}), request_id="once-only-1")
    client.cancel(first)


def test_the_spec_comes_back_as_it_was_sent(client, dataset, job):
    spec = JobSpec(dataset=dataset.name, models=HUB, sensitive=("speaker",))
    assert client.get(job).spec == spec


def test_a_whole_history_is_watched_while_it_happens(service, client, job, tmp_path):
    worker = threading.Thread(target=work, args=(service, job, tmp_path))
    worker.start()
    events = list(client.watch(job))
    worker.join()
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    payloads = [event.payload for event in events]
    kinds = (RankingReady, Warned, TrialChanged, ArtifactPublished)
    assert all(any(isinstance(payload, kind) for payload in payloads) for kind in kinds)
    assert isinstance(payloads[-1], JobChanged)
    assert (payloads[-1].state, payloads[-1].stop_reason) == ("SUCCEEDED", "COMPLETED")
    middle = len(events) // 2
    again = list(client.watch(job, after_sequence=middle))
    assert repr(again) == repr(events[middle:])  # by text, because a value that does not exist yet is NaN
    assert list(client.watch(job, after_sequence=len(events))) == []
    with pytest.raises(errors.OutOfRange):
        list(client.watch(job, after_sequence=len(events) + 1))


def test_results_come_back_as_plain_types(service, client, job, tmp_path):
    work(service, job, tmp_path)
    finished = client.wait(job)
    assert (finished.state, finished.trial_counts["succeeded"]) == (JobState.SUCCEEDED, 1)
    assert client.result(job).strategy == "full_finetune"
    assert [row.model for row in client.ranking(job)] == ["timm:m1", "timm:m2"]
    (trial,) = client.trials(job)
    assert (trial.value, trial.parameters, trial.curve[0].metrics) == (
        0.75,
        {"learning_rate": 0.1},
        {"accuracy": 0.75},
    )


def test_artifacts_are_downloaded_and_half_a_file_is_continued(service, client, job, tmp_path):
    work(service, job, tmp_path)
    seen = []
    files = client.download(job, tmp_path / "out", on_progress=lambda done, total: seen.append((done, total)))
    assert files["big.bin"].read_bytes() == (tmp_path / "big.bin").read_bytes()
    assert seen[-1] == (3_000_000, 3_000_000)
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / ".big.bin.part").write_bytes((tmp_path / "big.bin").read_bytes()[:2_500_000])
    seen.clear()
    files = client.download(job, tmp_path / "half", on_progress=lambda done, total: seen.append((done, total)))
    assert files["big.bin"].read_bytes() == (tmp_path / "big.bin").read_bytes()
    assert seen[0][0] > 2_500_000


def test_what_only_resuming_needs_is_downloaded_by_name_only(service, client, job, tmp_path):
    work(service, job, tmp_path)
    assert set(client.download(job, tmp_path / "out")) == {"big.bin"}
    assert set(client.download(job, tmp_path / "out", names=["candidate.zip"])) == {"candidate.zip"}
    assert (tmp_path / "out" / "candidate.zip").read_bytes() == b"half-way"


def test_a_queued_job_is_cancelled_resumed_and_deleted(client, job):
    assert client.cancel(job, reason="enough").state is JobState.CANCELLED
    assert client.get(job).cancel_reason == "enough"
    resumed = client.resume(job, budget=BudgetSpec(trials=3, wall_seconds=60))
    assert (resumed.state, resumed.spec.budget.trials) == (JobState.QUEUED, 3)
    with pytest.raises(errors.FailedPrecondition):
        client.delete(job)
    client.cancel(job)
    client.delete(job)
    with pytest.raises(errors.NotFound):
        client.get(job)


def test_a_running_job_is_cancelled_by_its_worker(service, client, job):
    journal, lease = take(service, job)
    assert client.cancel(job).state is JobState.CANCELLING
    assert journal.cancelled()
    service.ledger.finish(lease, JobState.CANCELLED, StopReason.CANCELLED)
    assert client.wait(job).state is JobState.CANCELLED


def test_a_dataset_in_use_stays_until_its_job_is_over(client, make_text_csv):
    dataset = client.upload(make_text_csv(per_class=7, seed=5))
    job = client.create_job(JobSpec(dataset=dataset.name, models=HUB))
    with pytest.raises(errors.FailedPrecondition):
        client.delete_dataset(dataset)
    client.cancel(job)
    client.delete_dataset(dataset)
    with pytest.raises(errors.NotFound):
        client.get_dataset(dataset)


def test_the_catalog_lists_models_and_plugins(client):
    models = list(client.models(modality="image", source="timm"))
    assert len(models) >= 25
    assert all(model.id.startswith("timm:") for model in models)
    assert {plugin.slot for plugin in client.plugins()} >= {"scorer", "strategy", "modality", "model_source"}


def test_projects_do_not_see_each_other(service, client, job):
    with Client(service.address, project="another-lab") as other:
        assert job.name not in {each.name for each in other.list()}
        with pytest.raises(errors.NotFound):
            other.get(job.name.rpartition("/")[2])
