"""A service's data directory with one job waiting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from automl_tl.data.load import load_dataset
from automl_tl.pipeline.spec import JobSpec
from automl_tl.search.inline_runner import InlineRunner
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.local_blobs import LocalBlobStore
from automl_tl.store.records import DatasetRecord
from automl_tl.testing.tiny_models import write_timm_pair
from automl_tl.worker.execute import JobExecutor


@dataclass(frozen=True)
class Depot:
    """A ledger and its files."""

    directory: DataDirectory
    ledger: Ledger
    blobs: LocalBlobStore
    executor: JobExecutor
    record: DatasetRecord

    def lease(self, seconds: float = 600.0):
        lease = self.ledger.claim_next("test-worker", seconds)
        assert lease is not None
        return lease

    def state(self) -> str:
        return self.ledger.jobs.get("default", "job-1").state.value


@pytest.fixture
def make_depot(tmp_path: Path, image_folder: Path) -> Callable[..., Depot]:
    """Return a function that queues one quick job."""

    def make(**spec: object) -> Depot:
        directory = DataDirectory(tmp_path / "service").create()
        ledger, blobs = Ledger(directory.ledger_url), LocalBlobStore(directory.blobs)
        models = tmp_path / "models"
        write_timm_pair(models, "first")
        dataset = load_dataset(image_folder)
        record = ledger.datasets.add(
            DatasetRecord(
                "default", dataset.digest, "data", "image", (), len(dataset), 0, uri=image_folder.as_uri()
            ),
            blobs,
        )
        values: dict[str, object] = {"models": {"names": (f"local:{models}",)}, "stop_after": "RANK", **spec}
        ledger.jobs.create("default", JobSpec.model_validate({"dataset": record.name, **values}), job="job-1")
        executor = JobExecutor(ledger, blobs, directory, runner=lambda _: InlineRunner(), allow_local=True)
        return Depot(directory, ledger, blobs, executor, record)

    return make


@pytest.fixture
def depot(make_depot: Callable[..., Depot]) -> Depot:
    """Return a depot whose job ends after its ranking."""
    return make_depot()
