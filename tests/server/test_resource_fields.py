"""Every call names the project that it is about, or is known to be about none."""

import pytest

from automl_tl.server.resource_fields import ResourceField, methods, resource_field, services
from automl_tl.v1 import datasets_pb2, jobs_pb2

PATHS = [path for path, _ in methods()]


def test_every_service_of_the_package_is_known():
    """Whoever adds a proto file is told here."""
    from pathlib import Path

    import automl_tl.v1

    modules = {path.name for path in Path(automl_tl.v1.__file__).parent.glob("*_pb2_grpc.py")}
    assert {
        service.file.name.rpartition("/")[2].replace(".proto", "_pb2_grpc.py") for service in services()
    } == modules
    assert len(PATHS) == sum(len(service.methods) for service in services()) > 15


@pytest.mark.parametrize("path", PATHS)
def test_every_call_has_a_field_or_belongs_to_no_project(path):
    field = resource_field(path)
    assert field is not None
    assert bool(field.path) == ("CatalogService" not in path)


@pytest.mark.parametrize(
    ("path", "request_message", "project"),
    [
        ("JobService/GetJob", jobs_pb2.GetJobRequest(name="projects/p1/jobs/j1"), "p1"),
        ("JobService/CreateJob", jobs_pb2.CreateJobRequest(parent="projects/p1"), "p1"),
        ("JobService/CreateJob", jobs_pb2.CreateJobRequest(parent="projects/"), None),
        ("JobService/GetJob", jobs_pb2.GetJobRequest(name="jobs/j1"), None),
        (
            "DatasetService/UploadDataset",
            datasets_pb2.UploadDatasetRequest(header=datasets_pb2.UploadHeader(parent="projects/p2")),
            "p2",
        ),
        ("DatasetService/UploadDataset", datasets_pb2.UploadDatasetRequest(chunk=b"x"), None),
    ],
)
def test_the_project_is_read_from_the_request(path, request_message, project):
    assert resource_field(f"/automl_tl.v1.{path}").project_of(request_message) == project


def test_a_call_that_nobody_knows_has_no_field():
    assert resource_field("/automl_tl.v1.JobService/Everything") is None
    assert resource_field("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo") is None
    assert ResourceField(()).path == ()
