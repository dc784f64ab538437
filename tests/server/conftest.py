"""A real server on a real socket, a client's view of it, and a worker that a test plays itself."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from automl_tl.pipeline.spec import Stage
from automl_tl.server.app import RunningServer, start
from automl_tl.server.config import ServerConfig
from automl_tl.store.ledger import Ledger
from automl_tl.store.stages import Publication
from automl_tl.v1 import (
    artifacts_pb2_grpc,
    catalog_pb2_grpc,
    datasets_pb2,
    datasets_pb2_grpc,
    jobs_pb2,
    jobs_pb2_grpc,
)
from automl_tl.zoo.card import ImageInput, ModelCard, TextInput
from automl_tl.zoo.catalog import Catalog

PARENT = "projects/default"


def card(source: str, model: str, modality: str = "image") -> ModelCard:
    wants = ImageInput() if modality == "image" else TextInput()
    return ModelCard(
        source, model, modality, "resnet18", "resnet", wants, 1000, 64, "MIT", "", "glyphs", "A model."
    )


CATALOG = Catalog(
    (
        *(card("starter", f"model-{number}") for number in range(5)),
        card("timm", "resnet18.a1_in1k"),
        card("starter", "words", "text"),
    )
)


@dataclass
class Refusal:
    """What a failed call told."""

    code: grpc.StatusCode
    message: str
    reason: str
    fields: tuple[str, ...]
    metadata: dict[str, str]


@dataclass
class Service:
    """A running server as its clients see it, with the ledger as its workers see it."""

    running: RunningServer
    channel: grpc.aio.Channel
    ledger: Ledger

    @property
    def backend(self):
        return self.running.backend

    @property
    def blobs(self):
        return self.running.backend.blobs

    @property
    def jobs(self):
        return jobs_pb2_grpc.JobServiceStub(self.channel)

    @property
    def datasets(self):
        return datasets_pb2_grpc.DatasetServiceStub(self.channel)

    @property
    def artifacts(self):
        return artifacts_pb2_grpc.ArtifactServiceStub(self.channel)

    @property
    def catalog(self):
        return catalog_pb2_grpc.CatalogServiceStub(self.channel)

    async def refused(self, call: Any) -> Refusal:
        """Await a call (or read a stream) that must fail, and return what it told."""

        async def ended() -> None:
            if not hasattr(call, "__aiter__"):
                await call
                return
            async for _ in call:
                pass

        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await ended()
        return refusal(caught.value)

    async def upload(self, path: Path, **header: Any) -> datasets_pb2.Dataset:
        return await self.datasets.UploadDataset(upload_messages(path, **header))

    async def create(self, dataset: str, *, request_id: str = "", job_id: str = "", **spec: Any) -> jobs_pb2.Job:
        return await self.jobs.CreateJob(create_request(dataset, request_id=request_id, job_id=job_id, **spec))

    def publish(self, lease: Any, stage: Stage, files: dict[str, bytes]) -> None:
        """Play the worker: publish a stage's files."""
        stored = [Publication(name, "thing", "x/y", self.blobs.put_bytes(data)) for name, data in files.items()]
        self.ledger.publish_stage(lease, stage, stored, self.blobs)


def refusal(error: grpc.aio.AioRpcError) -> Refusal:
    metadata = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(metadata.get("grpc-status-details-bin", b""))
    info, request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(request)
    fields = tuple(violation.field for violation in request.field_violations)
    return Refusal(error.code(), error.details() or "", info.reason, fields, dict(info.metadata))


def upload_messages(path: Path, *, chunk: int = 1 << 20, data: bytes | None = None, **header: Any):
    """Yield an upload's messages; ``header`` overrides what is right."""
    content = path.read_bytes()
    values = {
        "parent": PARENT,
        "dataset": datasets_pb2.Dataset(display_name="mine"),
        "file_name": path.name,
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).digest(),
    }
    yield datasets_pb2.UploadDatasetRequest(header=datasets_pb2.UploadHeader(**{**values, **header}))
    sent = content if data is None else data
    for start_at in range(0, len(sent), chunk):
        yield datasets_pb2.UploadDatasetRequest(chunk=sent[start_at : start_at + chunk])


def create_request(
    dataset: str, *, request_id: str = "", job_id: str = "", **spec: Any
) -> jobs_pb2.CreateJobRequest:
    job = jobs_pb2.Job(spec=jobs_pb2.JobSpec(dataset=dataset, **spec))
    return jobs_pb2.CreateJobRequest(parent=PARENT, job=job, request_id=request_id, job_id=job_id)


def zip_folder(folder: Path, archive: Path) -> Path:
    """Pack a folder so that equal content gives equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                file.writestr(zipfile.ZipInfo(str(path.relative_to(folder))), path.read_bytes())
    archive.write_bytes(buffer.getvalue())
    return archive


@pytest.fixture
def image_zip(image_folder, tmp_path):
    """Return a zip of 3 classes of 12 drawn shapes."""
    return zip_folder(image_folder, tmp_path / "shapes.zip")


@pytest.fixture
def settings(tmp_path):
    """Return what a test may change about the server before it starts."""
    return {"data_dir": tmp_path / "data", "port": 0, "watch_poll_seconds": 0.02, "grace_seconds": 0.5}


@pytest.fixture
async def service(settings):
    """Start a server, and stop it after the test."""
    running = await start(ServerConfig(**settings), catalog=CATALOG)
    ledger = Ledger(running.backend.directory.ledger_url)
    async with grpc.aio.insecure_channel(running.address) as channel:
        yield Service(running, channel, ledger)
    ledger.close()
    await running.stop()


@pytest.fixture
async def text_dataset(service, text_csv):
    """Return the uploaded text CSV: text, label, split, speaker."""
    return await service.upload(text_csv)
