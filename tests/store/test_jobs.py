"""Jobs as callers see them."""

import threading

import pytest

from automl_tl.errors import AlreadyExists, FailedPrecondition, InvalidName, NotFound
from automl_tl.pipeline.spec import BudgetSpec, JobSpec, JobState, Stage
from automl_tl.search.budget import StopReason
from automl_tl.store.pages import PageRequest
from automl_tl.store.requests import RequestKey

DIGEST = "d1" * 32  # of the dataset that the fixture makes

SPEC = JobSpec(dataset=f"projects/default/datasets/{DIGEST}")


def key(request_id="r-1", body="body", method="CreateJob"):
    return RequestKey("default", request_id, method, body)


def test_a_new_job_is_queued_and_its_history_begins(shop):
    job = shop.job("job-1", notes="hello")
    assert (job.name, job.state, job.stage, job.last_sequence) == (
        "projects/default/jobs/job-1",
        JobState.QUEUED,
        "",
        1,
    )
    assert job.spec.notes == "hello"
    assert job.create_time == job.queue_time
    assert (job.start_time, job.end_time, job.error, job.result, dict(job.trial_counts)) == (
        None,
        None,
        None,
        None,
        {},
    )
    assert shop.ledger.jobs.get("default", "job-1") == job


def test_some_jobs_at_once(shop):
    """By project and id together: another project's job of the same id is another job."""
    first, second = shop.job("job-1"), shop.job("job-2")
    keys = [("default", "job-2"), ("default", "none"), ("default", "job-1"), ("other", "job-1")]
    assert shop.ledger.jobs.get_each(keys) == {("default", "job-1"): first, ("default", "job-2"): second}
    assert shop.ledger.jobs.get_each([]) == {}


def test_a_job_id_is_chosen_where_none_is_given(shop):
    assert shop.job().job != shop.job().job


def test_a_job_needs_a_dataset_of_its_project(shop):
    with pytest.raises(NotFound, match="upload it first") as caught:
        shop.ledger.jobs.create("default", SPEC)
    assert caught.value.field == "job.spec.dataset"
    shop.dataset(project="other")
    with pytest.raises(NotFound):
        shop.ledger.jobs.create(
            "default", SPEC.model_copy(update={"dataset": f"projects/other/datasets/{DIGEST}"})
        )


def test_a_taken_or_malformed_id_is_refused(shop):
    shop.job("job-1")
    with pytest.raises(AlreadyExists, match="choose another job_id"):
        shop.job("job-1")
    with pytest.raises(InvalidName):
        shop.job("Job 1")


def test_identical_concurrent_requests_make_one_job(shop):
    shop.dataset()
    made, threads = [], []
    for _ in range(6):
        thread = threading.Thread(target=lambda: made.append(shop.ledger.jobs.create("default", SPEC, key=key())))
        threads.append(thread)
        thread.start()
    for thread in threads:
        thread.join()
    assert len({job.name for job in made}) == 1
    assert len(made) == 6
    assert len(shop.ledger.jobs.list("default", PageRequest()).items) == 1


def test_a_request_id_with_another_body_is_refused(shop):
    shop.dataset()
    shop.ledger.jobs.create("default", SPEC, key=key())
    with pytest.raises(AlreadyExists, match="choose a fresh one"):
        shop.ledger.jobs.create("default", SPEC, key=key(body="other"))


def test_recalling_answers_with_the_job_as_it_is_now(shop):
    shop.dataset()
    assert shop.ledger.jobs.recall(key()) is None
    job = shop.ledger.jobs.create("default", SPEC, key=key())
    shop.lease()
    again = shop.ledger.jobs.recall(key())
    assert (again.name, again.state) == (job.name, JobState.RUNNING)


def test_pages_stay_put_while_jobs_arrive(shop):
    for number in range(5):
        shop.job(f"job-{number}")
    first = shop.ledger.jobs.list("default", PageRequest(2))
    shop.job("job-late")
    second = shop.ledger.jobs.list("default", PageRequest(2, first.next_token))
    third = shop.ledger.jobs.list("default", PageRequest(2, second.next_token))
    assert [job.job for page in (first, second, third) for job in page.items] == [
        f"job-{n}" for n in (4, 3, 2, 1, 0)
    ]
    assert third.next_token == ""


def test_jobs_are_listed_by_state_and_project(shop):
    shop.job("job-1")
    shop.job("job-2")
    shop.lease()
    running = shop.ledger.jobs.list("default", PageRequest(), states=[JobState.RUNNING])
    assert [job.job for job in running.items] == ["job-1"]
    assert shop.ledger.jobs.list("other", PageRequest()).items == ()


def test_cancelling_a_waiting_job_ends_it_at_once(shop):
    shop.job("job-1")
    job = shop.ledger.jobs.cancel("default", "job-1", reason="typo")
    assert (job.state, job.stop_reason, job.cancel_reason) == (JobState.CANCELLED, "CANCELLED", "typo")
    assert job.end_time is not None
    assert shop.ledger.claim_next("w", 30) is None


def test_cancelling_twice_changes_nothing_the_second_time(shop):
    shop.job("job-1")
    shop.lease()
    first = shop.ledger.jobs.cancel("default", "job-1", reason="a")
    assert first.state is JobState.CANCELLING
    assert shop.ledger.jobs.cancel("default", "job-1", reason="b") == first


def test_a_job_that_has_ended_by_itself_cannot_be_cancelled(shop):
    shop.job("job-1")
    shop.ledger.finish(shop.lease(), JobState.SUCCEEDED, StopReason.COMPLETED)
    with pytest.raises(FailedPrecondition, match="SUCCEEDED already"):
        shop.ledger.jobs.cancel("default", "job-1")


def test_a_resumed_job_keeps_its_stages_and_forgets_its_failure(shop):
    shop.job("job-1")
    lease = shop.lease()
    shop.ledger.publish_stage(lease, Stage.INGEST, [], shop.blobs)
    shop.ledger.finish(lease, JobState.FAILED, StopReason.FAILED)
    job = shop.ledger.jobs.resume("default", "job-1", budget=BudgetSpec(trials=40))
    assert (job.state, job.stop_reason, job.error, job.end_time) == (JobState.QUEUED, "", None, None)
    assert job.spec.budget.trials == 40
    again = shop.lease("w2")
    assert again.epoch > lease.epoch
    assert shop.ledger.stages.finished(again, Stage.INGEST)
    assert shop.states("job-1") == ["QUEUED", "RUNNING", "FAILED", "QUEUED", "RUNNING"]


def test_a_repeated_resume_request_resumes_once(shop):
    shop.job("job-1")
    shop.ledger.jobs.cancel("default", "job-1")
    for _ in range(2):
        shop.ledger.jobs.resume("default", "job-1", key=key(method="ResumeJob"))
    assert shop.states("job-1") == ["QUEUED", "CANCELLED", "QUEUED"]


@pytest.mark.parametrize("prepare", ["queued", "running", "succeeded"])
def test_only_failed_and_cancelled_jobs_resume(shop, prepare):
    shop.job("job-1")
    if prepare != "queued":
        lease = shop.lease()
        if prepare == "succeeded":
            shop.ledger.finish(lease, JobState.SUCCEEDED, StopReason.COMPLETED)
    with pytest.raises(FailedPrecondition, match="FAILED or CANCELLED"):
        shop.ledger.jobs.resume("default", "job-1")


def test_a_job_without_its_dataset_cannot_resume(shop):
    shop.job("job-1")
    shop.ledger.jobs.cancel("default", "job-1")
    shop.ledger.datasets.delete("default", DIGEST)
    with pytest.raises(NotFound, match="upload it first"):
        shop.ledger.jobs.resume("default", "job-1")


def test_only_finished_jobs_are_deleted_and_with_all_they_have(shop):
    shop.job("job-1")
    with pytest.raises(FailedPrecondition, match="cancel it"):
        shop.ledger.jobs.delete("default", "job-1")
    lease = shop.lease()
    shop.ledger.publish_stage(lease, Stage.INGEST, [], shop.blobs)
    shop.ledger.finish(lease, JobState.FAILED, StopReason.FAILED)
    shop.ledger.jobs.delete("default", "job-1", key=key(method="DeleteJob"))
    shop.ledger.jobs.delete("default", "job-1", key=key(method="DeleteJob"))
    with pytest.raises(NotFound):
        shop.ledger.jobs.delete("default", "job-1")
    with shop.ledger.database.read() as connection:
        for table in ("events", "stages", "jobs"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0
