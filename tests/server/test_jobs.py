"""JobService on the wire."""

import asyncio

import grpc
import pytest

from automl_tl.finetune.workload import CurvePoint
from automl_tl.pipeline.spec import JobState
from automl_tl.search.budget import StopReason
from automl_tl.search.trial import Trial, TrialState
from automl_tl.store.records import JobResult
from automl_tl.transferability.base import RankedModel, Ranking
from automl_tl.v1 import jobs_pb2 as wire

from .conftest import PARENT, create_request

JOB = "projects/default/jobs/job-1"
MINIMIZED_ACCURACY = wire.MetricSpec(name="accuracy", direction=wire.MetricSpec.DIRECTION_MINIMIZE)


async def pages(method, request, items):
    """Read a list to its end and return its pages."""
    found = []
    while True:
        answer = await method(request)
        found.append(list(getattr(answer, items)))
        if not answer.next_page_token:
            return found
        request.page_token = answer.next_page_token


async def test_a_created_job_is_queued_with_every_default_told(service, text_dataset):
    job = await service.create(text_dataset.name, job_id="job-1", notes="hello")
    assert (job.name, job.state, job.last_sequence) == (JOB, wire.Job.STATE_QUEUED, 1)
    assert (job.spec.target, job.spec.top_k, job.spec.explanations) == ("label", 3, 6)
    assert (job.spec.stop_after, list(job.spec.models.names)) == (wire.STAGE_REPORT, ["starter"])
    assert job.HasField("create_time")
    assert await service.jobs.GetJob(wire.GetJobRequest(name=JOB)) == job


async def test_validate_only_checks_and_creates_nothing(service, text_dataset):
    request = create_request(text_dataset.name, job_id="job-1", request_id="r-1")
    request.validate_only = True
    job = await service.jobs.CreateJob(request)
    assert (job.name, job.state, job.spec.top_k) == (JOB, wire.Job.STATE_QUEUED, 3)
    assert (await service.jobs.ListJobs(wire.ListJobsRequest(parent=PARENT))).jobs == []
    request.job.spec.target = "nothing"
    assert (await service.refused(service.jobs.CreateJob(request))).fields == ("job.spec.target",)
    await service.create(text_dataset.name, job_id="job-1", request_id="r-1")
    request.job.spec.target = "label"
    assert (await service.refused(service.jobs.CreateJob(request))).code is grpc.StatusCode.ALREADY_EXISTS


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"target": "lable"}, "job.spec.target"),
        ({"sensitive": ["speaker", "age"]}, "job.spec.sensitive[1]"),
        ({"group_by": "patient"}, "job.spec.group_by"),
        ({"split": wire.SplitSpec(column="part")}, "job.spec.split.column"),
        ({"models": wire.ModelFilter(names=["local:/etc"])}, "job.spec.models.names"),
        ({"models": wire.ModelFilter(names=["starter:nothing"])}, "job.spec.models.names"),
        ({"search_space_yaml": "modality: ["}, "job.spec.search_space_yaml"),
        ({"budget": wire.Budget(max_trials=0)}, "job.spec.budget.max_trials"),
        ({"task": "clustering"}, "job.spec.task"),
        (
            {"metric": wire.MetricSpec(name="accuracy", direction=wire.MetricSpec.DIRECTION_MINIMIZE)},
            "job.spec.metric.direction",
        ),
        ({"models": wire.ModelFilter(names=["starter"], max_parameters=1)}, "job.spec.models.max_parameters"),
        ({"split": wire.SplitSpec(column="speaker")}, "job.spec.split.column"),
    ],
)
async def test_a_broken_rule_is_an_invalid_argument_with_its_field(service, text_dataset, spec, field):
    told = await service.refused(service.create(text_dataset.name, **spec))
    assert told.code is grpc.StatusCode.INVALID_ARGUMENT
    assert told.fields == (field,)
    assert told.reason in ("INVALID_SPEC", "INVALID_INPUT")
    assert field in told.message
    assert (await service.jobs.ListJobs(wire.ListJobsRequest(parent=PARENT))).jobs == []


async def test_a_dataset_that_is_not_there_or_of_another_project(service, text_dataset):
    missing = f"{PARENT}/datasets/{'0' * 64}"
    assert (await service.refused(service.create(missing))).code is grpc.StatusCode.NOT_FOUND
    foreign = text_dataset.name.replace("default", "other")
    assert (await service.refused(service.create(foreign))).fields == ("job.spec.dataset",)
    assert (await service.refused(service.create("nonsense"))).fields == ("job.spec.dataset",)


async def test_concurrent_identical_requests_make_one_job(service, text_dataset):
    calls = [service.create(text_dataset.name, request_id="r-1") for _ in range(12)]
    names = {job.name for job in await asyncio.gather(*calls)}
    assert len(names) == 1
    assert len((await service.jobs.ListJobs(wire.ListJobsRequest(parent=PARENT))).jobs) == 1


async def test_a_request_id_with_another_body_is_refused(service, text_dataset):
    await service.create(text_dataset.name, request_id="r-1")
    told = await service.refused(service.create(text_dataset.name, request_id="r-1", seed=1))
    assert (told.code, told.reason) == (grpc.StatusCode.ALREADY_EXISTS, "ALREADY_EXISTS")


async def test_a_repetition_is_answered_though_its_dataset_is_gone(service, text_dataset):
    job = await service.create(text_dataset.name, request_id="r-1")
    service.ledger.finish(service.ledger.claim_next("w", 60), JobState.FAILED, StopReason.FAILED)
    service.ledger.datasets.delete(*("default", text_dataset.name.rpartition("/")[2]))
    again = await service.create(text_dataset.name, request_id="r-1")
    assert (again.name, again.state) == (job.name, wire.Job.STATE_FAILED)


async def test_jobs_are_paged_newest_first_and_pages_stay_put(service, text_dataset):
    for number in range(5):
        await service.create(text_dataset.name, job_id=f"job-{number}")
    first = await service.jobs.ListJobs(wire.ListJobsRequest(parent=PARENT, page_size=2))
    await service.create(text_dataset.name, job_id="job-late")
    request = wire.ListJobsRequest(parent=PARENT, page_size=2, page_token=first.next_page_token)
    rest = await pages(service.jobs.ListJobs, request, "jobs")
    names = [job.name.rpartition("/")[2] for page in ([*first.jobs], *rest) for job in page]
    assert names == ["job-4", "job-3", "job-2", "job-1", "job-0"]


async def test_a_page_token_belongs_to_its_list(service, text_dataset):
    for _ in range(2):
        await service.create(text_dataset.name)
    token = (await service.jobs.ListJobs(wire.ListJobsRequest(parent=PARENT, page_size=1))).next_page_token
    other = wire.ListJobsRequest(parent=PARENT, page_token=token, states=[wire.Job.STATE_QUEUED])
    assert (await service.refused(service.jobs.ListJobs(other))).fields == ("page_token",)


async def test_jobs_can_be_listed_by_state(service, text_dataset):
    await service.create(text_dataset.name, job_id="job-1")
    await service.create(text_dataset.name, job_id="job-2")
    service.ledger.claim_next("w", 60)
    request = wire.ListJobsRequest(parent=PARENT, states=[wire.Job.STATE_RUNNING])
    assert [job.name for job in (await service.jobs.ListJobs(request)).jobs] == [JOB]
    request.states[:] = [77]
    assert (await service.refused(service.jobs.ListJobs(request))).fields == ("states",)


async def test_cancelling(service, text_dataset):
    await service.create(text_dataset.name, job_id="job-1")
    lease = service.ledger.claim_next("w", 60)
    job = await service.jobs.CancelJob(wire.CancelJobRequest(name=JOB, reason="typo"))
    assert (job.state, job.cancel_reason) == (wire.Job.STATE_CANCELLING, "typo")
    assert service.ledger.heartbeat(lease).cancel_requested
    service.ledger.finish(lease, JobState.CANCELLED, StopReason.CANCELLED)
    job = await service.jobs.CancelJob(wire.CancelJobRequest(name=JOB))
    assert (job.state, job.stop_reason) == (wire.Job.STATE_CANCELLED, wire.Job.STOP_REASON_CANCELLED)
    told = await service.refused(service.jobs.CancelJob(wire.CancelJobRequest(name=JOB, reason="x" * 1001)))
    assert told.fields == ("reason",)


async def test_resuming_with_another_budget(service, text_dataset):
    await service.create(text_dataset.name, job_id="job-1")
    running = await service.refused(service.jobs.ResumeJob(wire.ResumeJobRequest(name=JOB)))
    assert running.code is grpc.StatusCode.FAILED_PRECONDITION
    await service.jobs.CancelJob(wire.CancelJobRequest(name=JOB))
    bad = wire.ResumeJobRequest(name=JOB, budget=wire.Budget(max_trials=0))
    assert (await service.refused(service.jobs.ResumeJob(bad))).fields == ("budget.max_trials",)
    request = wire.ResumeJobRequest(name=JOB, budget=wire.Budget(max_trials=40), request_id="r-2")
    for _ in range(2):
        job = await service.jobs.ResumeJob(request)
        assert (job.state, job.spec.budget.max_trials) == (wire.Job.STATE_QUEUED, 40)


async def test_deleting_erases_rows_blobs_and_work(service, text_dataset):
    from automl_tl.pipeline.spec import Stage

    await service.create(text_dataset.name, job_id="job-1")
    refused = await service.refused(service.jobs.DeleteJob(wire.DeleteJobRequest(name=JOB)))
    assert refused.code is grpc.StatusCode.FAILED_PRECONDITION
    lease = service.ledger.claim_next("w", 60)
    service.publish(lease, Stage.FIT, {"model.zip": b"weights"})
    work = service.backend.directory.job_work("default", "job-1")
    work.mkdir(parents=True)
    (work / "checkpoint").write_bytes(b"x")
    service.ledger.finish(lease, JobState.SUCCEEDED, StopReason.COMPLETED)
    assert len(list(service.blobs.digests())) == 2
    for _ in range(2):
        await service.jobs.DeleteJob(wire.DeleteJobRequest(name=JOB, request_id="r-1"))
    assert (await service.refused(service.jobs.GetJob(wire.GetJobRequest(name=JOB)))).code is (
        grpc.StatusCode.NOT_FOUND
    )
    assert not work.exists()
    assert list(service.backend.directory.trash.iterdir()) == []
    (left,) = service.blobs.digests()
    assert b"label" in service.blobs.open(left).read()


async def test_ranking_and_trials_are_paged(service, text_dataset):
    await service.create(text_dataset.name, job_id="job-1")
    lease = service.ledger.claim_next("w", 60)
    models = [RankedModel(f"a:m{rank}", rank, 1.0 / rank, 0.0, 1.0, {"knn": 0.5}) for rank in range(1, 6)]
    models.append(RankedModel("hf:x/y", 0, 0.0, 0.0, 0.0, error="no network"))
    service.ledger.rankings.record(lease, Ranking(tuple(models), ("knn",), 10))
    curve = (CurvePoint(10, 0.5, 1.0, 0.7, {"accuracy": 0.8}),)
    for number in range(1, 6):
        trial = Trial(f"t{number:04d}", number, "a:m1", "full", {}, 0, "sampler", TrialState.RUNNING, 0.5, curve)
        service.ledger.trials.record(lease, trial)
    request = wire.ListRankedModelsRequest(parent=JOB, page_size=4)
    ranked = await pages(service.jobs.ListRankedModels, request, "ranked_models")
    assert [[model.rank for model in page] for page in ranked] == [[1, 2, 3, 4], [5, 0]]
    assert ranked[-1][-1].error == "no network"
    trials = await pages(service.jobs.ListTrials, wire.ListTrialsRequest(parent=JOB, page_size=2), "trials")
    assert [[trial.number for trial in page] for page in trials] == [[1, 2], [3, 4], [5]]
    assert trials[0][0].curve[0].update == 10
    job = await service.jobs.GetJob(wire.GetJobRequest(name=JOB))
    assert (job.trial_counts.running, job.best_trial) == (5, f"{JOB}/trials/t0001")


async def test_a_finished_job_tells_its_result(service, text_dataset):
    await service.create(text_dataset.name, job_id="job-1")
    lease = service.ledger.claim_next("w", 60)
    service.ledger.finish(lease, JobState.SUCCEEDED, StopReason.STOP_AFTER, result=JobResult("starter:words"))
    job = await service.jobs.GetJob(wire.GetJobRequest(name=JOB))
    assert (job.result.model, job.stop_reason) == ("starter:words", wire.Job.STOP_REASON_STOP_AFTER)
    assert job.HasField("end_time")


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("GetJob", wire.GetJobRequest(name="jobs/1")),
        ("CancelJob", wire.CancelJobRequest(name="")),
        ("ResumeJob", wire.ResumeJobRequest(name="x")),
        ("DeleteJob", wire.DeleteJobRequest(name="projects/default/jobs/UPPER")),
        ("ListTrials", wire.ListTrialsRequest(parent="projects/default")),
        ("ListRankedModels", wire.ListRankedModelsRequest(parent="")),
        ("ListJobs", wire.ListJobsRequest(parent="projects/../etc")),
    ],
)
async def test_a_malformed_name_is_told_with_its_shape(service, method, request_):
    told = await service.refused(getattr(service.jobs, method)(request_))
    assert (told.code, told.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_NAME")
    assert "must look like" in told.message


async def test_a_failure_of_ours_never_shows_its_text(service, monkeypatch):
    def broken(*_):
        raise RuntimeError("disk /dev/secret is on fire")

    monkeypatch.setattr(service.backend.ledger.jobs, "get_each", broken)
    told = await service.refused(service.jobs.GetJob(wire.GetJobRequest(name=JOB)))
    assert told.code is grpc.StatusCode.INTERNAL
    assert "secret" not in told.message
    assert told.metadata["incident"] in told.message
