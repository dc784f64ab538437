"""A job on a real ledger with tiny random models and trials in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from automl_tl.data.load import load_dataset
from automl_tl.data.sources.file import open_path
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.deadlines import StageDeadlines
from automl_tl.pipeline.spec import JobSpec
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.search.budget import Deadline
from automl_tl.search.inline_runner import InlineRunner
from automl_tl.store.journal import LedgerJournal
from automl_tl.store.layout import DataDirectory
from automl_tl.store.leases import Lease
from automl_tl.store.ledger import Ledger
from automl_tl.store.local_blobs import LocalBlobStore
from automl_tl.store.records import DatasetRecord
from automl_tl.testing.tiny_models import write_timm_pair, write_transformers_folder
from automl_tl.zoo.catalog import load_catalog

SPACE = """
modality: {modality}
strategies:
  full_finetune:
    updates: {{kind: int, low: 4, high: 8, default: 6}}
    learning_rate: {{kind: log_float, low: 1.0e-4, high: 1.0e-3, default: 5.0e-4}}
"""


@dataclass(frozen=True)
class Workbench:
    """A leased job and what is around it; ``job`` can be made again as another worker would."""

    directory: DataDirectory
    ledger: Ledger
    blobs: LocalBlobStore
    lease: Lease
    data: Path
    models: Path
    wall_seconds: float = 0.0

    def job(self, work: str = "work") -> JobContext:
        """Return the context that a worker would build for the present lease."""
        dataset = load_dataset(self.data)
        spec = self.lease.spec
        deadline = Deadline.after(self.wall_seconds or None)
        return JobContext(
            name=self.lease.name,
            spec=spec,
            dataset=dataset,
            candidates=tuple(load_catalog().resolve(spec.models.names, dataset.modality, allow_local=True)),
            journal=LedgerJournal(self.ledger, self.blobs, self.lease),
            started=self.lease.start_time,
            deadlines=StageDeadlines.plan(deadline, self.wall_seconds),
            work=self.directory.work / work,
            cache=EmbeddingCache(self.directory.embeddings),
            runner=InlineRunner,
            command="pytest",
        )


@pytest.fixture
def make_bench(tmp_path: Path) -> Callable[..., Workbench]:
    """Return a function that queues and leases a job on a data set."""

    def make(data: Path, *, wall_seconds: float = 0.0, **spec: object) -> Workbench:
        directory = DataDirectory(tmp_path / "service").create()
        ledger, blobs = Ledger(directory.ledger_url), LocalBlobStore(directory.blobs)
        models = tmp_path / "models"
        write_timm_pair(models, "first")
        write_timm_pair(models, "second")
        write_transformers_folder(models / "encoder")
        data = open_path(data, directory.work)
        dataset = load_dataset(data)
        record = ledger.datasets.add(
            DatasetRecord(
                "default", dataset.digest, "data", dataset.modality, (), len(dataset), 0, uri=data.as_uri()
            ),
            blobs,
        )
        values: dict[str, object] = {
            "models": {"names": (f"local:{models}",)},
            "top_k": 1,
            "budget": {"trials": 1},
            "explanations": 1,
            "search_space_yaml": SPACE.format(modality=dataset.modality),
            **spec,
        }
        ledger.jobs.create("default", JobSpec.model_validate({"dataset": record.name, **values}), job="job-1")
        lease = ledger.claim_next("test-worker", 600)
        assert lease is not None
        return Workbench(directory, ledger, blobs, lease, data, models, wall_seconds)

    return make


@pytest.fixture
def image_bench(make_bench: Callable[..., Workbench], image_folder: Path) -> Workbench:
    """Return a small image job."""
    return make_bench(image_folder)
