"""A ledger on disk with a clock that tests turn, one dataset, and ways to a job and its lease."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from automl_tl.pipeline.columns import ColumnSummary
from automl_tl.pipeline.spec import JobSpec
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.local_blobs import LocalBlobStore
from automl_tl.store.records import DatasetRecord

DIGEST = "d1" * 32


@dataclass
class Shop:
    """Everything a store test needs."""

    directory: DataDirectory
    clock: Any
    url: str
    ledger: Ledger
    blobs: LocalBlobStore
    made: list = field(default_factory=list)

    def dataset(self, digest: str = DIGEST, project: str = "default", **changes) -> DatasetRecord:
        values = {
            "display_name": "digits",
            "modality": "image",
            "columns": (ColumnSummary("label", 2, 0, ("cat", "dog")),),
            "row_count": 10,
            "size_bytes": 5,
        }
        return self.ledger.datasets.add(DatasetRecord(project, digest, **{**values, **changes}), self.blobs)

    def job(self, job: str = "", **changes):
        self.dataset()
        spec = JobSpec(dataset=f"projects/default/datasets/{DIGEST}", **changes)
        return self.ledger.jobs.create("default", spec, job=job)

    def lease(self, worker: str = "w1", seconds: float = 30.0):
        lease = self.ledger.claim_next(worker, seconds)
        assert lease is not None
        return lease

    def history(self, job: str):
        return [(event.kind, event.payload) for event in self.ledger.events.read("default", job).events]

    def states(self, job: str):
        return [payload.state for kind, payload in self.history(job) if kind == "job"]


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request, tmp_path):
    """The URL of a fresh ledger, in one database after the other: what is promised holds in both."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:///{tmp_path}/ledger.sqlite"


@pytest.fixture
def sqlite_only(ledger_url):
    """Skip a test of what only SQLite does."""
    if not ledger_url.startswith("sqlite"):
        pytest.skip("about the files of SQLite")


@pytest.fixture
def shop(tmp_path, ledger_url, clock):
    """A fresh ledger and blob store."""
    directory = DataDirectory(tmp_path / "data").create()
    ledger = Ledger(ledger_url, clock=clock)
    yield Shop(directory, clock, ledger_url, ledger, LocalBlobStore(directory.blobs))
    ledger.close()
