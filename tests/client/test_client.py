"""The client speaks for one project, accepts names, ids and resources, and stays light."""

import subprocess
import sys

import pytest

from automl_tl import errors
from automl_tl.client.client import Client
from automl_tl.pipeline.spec import BudgetSpec, JobSpec, JobState
from automl_tl.v1 import catalog_pb2, datasets_pb2, jobs_pb2

DIGEST = "ab" * 32


def echo(request, context):
    return jobs_pb2.Job(name=request.name)


def test_a_job_may_be_named_by_id_name_or_itself(fake_service, connect):
    service = fake_service(GetJob=echo)
    client = connect(service.address, project="lab")
    job = client.get("job-1")
    assert job.name == client.get(job.name).name == client.get(job).name == "projects/lab/jobs/job-1"


def test_a_malformed_name_is_refused_before_anything_is_sent(fake_service, connect):
    service = fake_service(GetJob=echo)
    with pytest.raises(errors.InvalidName):
        connect(service.address).get("projects/default/trials/x")
    with pytest.raises(errors.InvalidName):
        connect(service.address).delete_dataset("projects/default/datasets/short")
    assert service.calls == []


def test_create_sends_the_spec_and_a_request_id(fake_service, connect):
    service = fake_service(
        CreateJob=lambda r, c: jobs_pb2.Job(name=f"{r.parent}/jobs/{r.job_id or 'job-9'}", spec=r.job.spec)
    )
    spec = JobSpec(dataset=f"projects/default/datasets/{DIGEST}", top_k=5, budget=BudgetSpec(trials=2))
    client = connect(service.address)
    assert client.create_job(spec).spec == spec
    client.create_job(spec, request_id="mine", validate_only=True)
    first, second = (request for _, request in service.calls)
    assert len(first.request_id) == 36
    assert (second.request_id, second.validate_only, first.validate_only) == ("mine", True, False)


def test_result_of_a_failed_job_says_why_there_is_none(fake_service, connect):
    job = jobs_pb2.Job(name="projects/default/jobs/job-1", state=jobs_pb2.Job.STATE_FAILED)
    job.error.message = "no model could be probed"
    with pytest.raises(errors.FailedPrecondition, match="its state is FAILED: no model could be probed"):
        connect(fake_service(GetJob=lambda r, c: job).address).result("job-1")


def test_list_asks_for_states(fake_service, connect):
    service = fake_service(ListJobs=lambda r, c: jobs_pb2.ListJobsResponse())
    assert list(connect(service.address).list(states=[JobState.RUNNING])) == []
    assert list(service.calls[0][1].states) == [jobs_pb2.Job.STATE_RUNNING]


def test_resume_may_bring_a_new_budget(fake_service, connect):
    service = fake_service(ResumeJob=echo)
    connect(service.address).resume("job-1", budget=BudgetSpec(trials=7, wall_seconds=1.5))
    connect(service.address).resume("job-1")
    first, second = (request for _, request in service.calls)
    assert (first.budget.max_trials, first.budget.max_wall_time.nanos) == (7, 500_000_000)
    assert not second.HasField("budget")


def test_ranking_and_models_come_back_as_plain_rows(fake_service, connect):
    row = jobs_pb2.RankedModel(model="starter:a", rank=1, score=0.5, scores={"logme": 1.0}, probability_best=0.7)
    service = fake_service(
        ListRankedModels=lambda r, c: jobs_pb2.ListRankedModelsResponse(ranked_models=[row]),
        ListModels=lambda r, c: catalog_pb2.ListModelsResponse(models=[catalog_pb2.Model(id="starter:a")]),
    )
    client = connect(service.address)
    (ranked,) = client.ranking("job-1")
    assert (ranked.model, ranked.scores["logme"], ranked.probability_best) == ("starter:a", 1.0, 0.7)
    assert [model.id for model in client.models(source="starter")] == ["starter:a"]


def test_datasets_are_listed_and_read(fake_service, connect):
    column = datasets_pb2.DatasetColumn(name="label", unique_count=10, example_values=["0", "1"])
    dataset = datasets_pb2.Dataset(name=f"projects/default/datasets/{DIGEST}", columns=[column], row_count=200)
    service = fake_service(
        GetDataset=lambda r, c: dataset,
        ListDatasets=lambda r, c: datasets_pb2.ListDatasetsResponse(datasets=[dataset]),
    )
    client = connect(service.address)
    (listed,) = client.list_datasets()
    assert client.get_dataset(listed) == listed
    assert listed.columns[0].example_values == ("0", "1")


def test_importing_the_client_loads_nothing_heavy():
    code = "import sys, automl_tl.client; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"torch", "ray", "sqlalchemy", "numpy", "pandas", "PIL", "sklearn"} & set(loaded)


def test_a_closed_client_is_closed_by_the_context():
    with Client("127.0.0.1:1", patience=0.0) as client:
        pass
    with pytest.raises((ValueError, errors.AutomlError)):
        client.get("job-1")
