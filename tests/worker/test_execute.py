"""One job under one lease, from claim to final state."""

from __future__ import annotations

import shutil
from dataclasses import replace

from automl_tl.finetune.trial import run_trial
from automl_tl.pipeline.spec import JobState
from automl_tl.search.inline_runner import InlineRunner
from automl_tl.store.shared_files import SharedFiles
from automl_tl.store.work_store import WorkStore
from automl_tl.worker import execute
from automl_tl.worker.execute import JobExecutor


def test_a_job_that_ends_well_is_succeeded_and_leaves_no_work_files(depot):
    """The summary names the best-ranked model."""
    assert depot.executor.execute(depot.lease()) is JobState.SUCCEEDED
    job = depot.ledger.jobs.get("default", "job-1")
    assert job.stop_reason == "STOP_AFTER"
    assert job.result is not None
    assert job.result.model == "local:first"
    assert not depot.directory.job_work("default", "job-1").exists()


def test_an_error_of_ours_reaches_the_user_word_for_word(make_depot):
    """A target that does not exist is named, and the job is FAILED."""
    depot = make_depot(target="diagnosis")
    assert depot.executor.execute(depot.lease()) is JobState.FAILED
    error = depot.ledger.jobs.get("default", "job-1").error
    assert error is not None
    assert "diagnosis" in error.message


def test_an_unexpected_error_keeps_its_text_in_the_log(make_depot, monkeypatch, caplog):
    """Users learn the kind, the operator the rest."""
    depot = make_depot(stop_after="REPORT")
    monkeypatch.setattr(
        "automl_tl.worker.execute.run_pipeline", lambda job: (_ for _ in ()).throw(ValueError("secret path /x"))
    )
    assert depot.executor.execute(depot.lease()) is JobState.FAILED
    error = depot.ledger.jobs.get("default", "job-1").error
    assert error is not None
    assert "secret" not in error.message
    assert "ValueError" in error.message
    assert "secret path" in caplog.text


def test_a_cancel_request_ends_in_cancelled(depot):
    """Asked for while the worker holds the job."""
    lease = depot.lease()
    depot.ledger.jobs.cancel("default", "job-1", reason="wrong data")
    assert depot.executor.execute(lease) is JobState.CANCELLED
    assert depot.state() == "CANCELLED"


def test_a_worker_that_must_end_gives_its_job_back(depot):
    """Another worker then takes it; what was published stays."""
    depot.executor.stop.set()
    assert depot.executor.execute(depot.lease()) is JobState.QUEUED
    assert depot.state() == "QUEUED"
    depot.executor.stop.clear()
    assert depot.executor.execute(depot.lease()) is JobState.SUCCEEDED


def test_a_lost_lease_ends_the_work_without_a_word_to_the_ledger(depot):
    """The job belongs to somebody else now."""
    stale = depot.lease(seconds=-1.0)
    fresh = depot.lease()
    assert depot.executor.execute(stale) is None
    assert depot.state() == "RUNNING"
    assert depot.executor.execute(fresh) is JobState.SUCCEEDED


def test_local_models_are_refused_from_clients(depot):
    """No path from a client is ever opened."""
    strict = JobExecutor(depot.ledger, depot.blobs, depot.directory, runner=depot.executor.runner)
    assert strict.execute(depot.lease()) is JobState.FAILED
    error = depot.ledger.jobs.get("default", "job-1").error
    assert error is not None
    assert "local" in error.message


def test_a_dataset_that_changed_since_it_was_registered_is_refused(depot, image_folder):
    """A model must not be reported for data that nobody registered."""
    victim = next(iter(sorted(image_folder.rglob("*.png"))))
    shutil.copy(sorted(image_folder.rglob("*.png"))[-1], victim)
    assert depot.executor.execute(depot.lease()) is JobState.FAILED
    error = depot.ledger.jobs.get("default", "job-1").error
    assert error is not None
    assert "changed" in error.message


def test_what_nodes_left_for_each_other_goes_with_the_job(depot, tmp_path):
    """Embeddings stay for later jobs, as they do on a disk."""
    files = SharedFiles((tmp_path / "store").as_uri())
    files.write(b"x", "jobs/default/job-1/t0001/published.json")
    executor = replace(depot.executor, work_store=WorkStore(files))
    assert executor.execute(depot.lease()) is JobState.SUCCEEDED
    assert files.folders("jobs/default") == ()
    assert files.folders("embeddings") == (depot.record.digest,)


def test_a_job_that_may_go_on_keeps_what_nodes_left(make_depot, tmp_path):
    """It goes when the job is deleted."""
    files, depot = SharedFiles((tmp_path / "store").as_uri()), make_depot(target="diagnosis")
    files.write(b"x", "jobs/default/job-1/t0001/published.json")
    executor = replace(depot.executor, work_store=WorkStore(files))
    assert executor.execute(depot.lease()) is JobState.FAILED
    assert files.folders("jobs/default") == ("job-1",)


def test_watchers_hear_how_far_a_transfer_is(depot, monkeypatch):
    """Before the first stage; whoever cancels the job ends it."""
    original, lease = execute.open_dataset, depot.lease()

    def fetched(*arguments, progress):
        progress(1_200_000, 2_000_000)
        return original(*arguments)

    monkeypatch.setattr(execute, "open_dataset", fetched)
    assert depot.executor.execute(lease) is JobState.SUCCEEDED
    events = depot.ledger.events.read("default", "job-1", after=0).events
    assert "fetching the data: 1.2 of 2.0 MB" in [getattr(event.payload, "message", "") for event in events]


def test_a_transfer_ends_with_its_job(depot, monkeypatch):
    """The rest of it would come for nobody."""
    lease = depot.lease()

    def fetched(*arguments, progress):
        depot.ledger.jobs.cancel("default", "job-1", reason="wrong data")
        progress(1, 0)
        raise AssertionError("it went on")

    monkeypatch.setattr(execute, "open_dataset", fetched)
    assert depot.executor.execute(lease) is JobState.CANCELLED


def test_trials_compute_with_the_threads_that_the_worker_says(make_depot):
    """From the executor through the job to the trial: four processors, four threads."""
    depot, seen = make_depot(stop_after="SEARCH", budget={"trials": 1}), []

    def trial(workload, **options):
        seen.append(workload.threads)
        return run_trial(workload, **options)

    executor = replace(depot.executor, runner=lambda _: InlineRunner(trial), threads=lambda: 4)
    assert executor.execute(depot.lease()) is JobState.SUCCEEDED
    assert seen == [4]
