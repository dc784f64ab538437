"""A service that lives inside the test: each test says what its methods do."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import grpc
import pytest
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from automl_tl.client.client import Client
from automl_tl.v1 import (
    artifacts_pb2_grpc,
    catalog_pb2_grpc,
    datasets_pb2_grpc,
    explanations_pb2_grpc,
    jobs_pb2_grpc,
)

SERVICES = {
    "JobService": jobs_pb2_grpc.add_JobServiceServicer_to_server,
    "DatasetService": datasets_pb2_grpc.add_DatasetServiceServicer_to_server,
    "ArtifactService": artifacts_pb2_grpc.add_ArtifactServiceServicer_to_server,
    "CatalogService": catalog_pb2_grpc.add_CatalogServiceServicer_to_server,
    "ExplanationService": explanations_pb2_grpc.add_ExplanationServiceServicer_to_server,
}


class _Servicer:
    """Passes every call on to the function of the same name, and counts calls."""

    def __init__(self, methods, calls):
        self._methods, self._calls = methods, calls

    def __getattr__(self, name):
        def handle(request, context):
            self._calls.append((name, request))
            return self._methods[name](request, context)

        return handle


@pytest.fixture
def fake_service():
    """Return a function that serves ``{method: function(request, context)}`` and gives (address, calls)."""
    servers = []

    def start(**methods):
        calls = []
        server = grpc.server(ThreadPoolExecutor(4))
        for add in SERVICES.values():
            add(_Servicer(methods, calls), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        servers.append(server)
        return SimpleNamespace(address=f"127.0.0.1:{port}", calls=calls)

    yield start
    for server in servers:
        server.stop(None).wait()


@pytest.fixture
def connect():
    """Return a function that makes an impatient client of an address."""
    clients = []

    def make(address, **options):
        clients.append(Client(address, **{"timeout": 10.0, "patience": 1.5, **options}))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def abort():
    """Return a function that ends a call with a status whose details carry a reason and a field."""

    def end(context, code, message, *, reason="", field=""):
        details = []
        if reason:
            details.append(error_details_pb2.ErrorInfo(reason=reason, domain="automl_tl"))
        if field:
            violation = error_details_pb2.BadRequest.FieldViolation(field=field, description=message)
            details.append(error_details_pb2.BadRequest(field_violations=[violation]))
        packed = []
        for detail in details:
            packed.append(any_pb2.Any())
            packed[-1].Pack(detail)
        number = getattr(code_pb2, code.name)
        status = status_pb2.Status(code=number, message=message, details=packed)
        context.abort_with_status(rpc_status.to_status(status))

    return end
