"""What lies around of deleted rows is erased, not at every call."""

from __future__ import annotations

import pytest

from automl_tl.errors import Unavailable
from automl_tl.store.shared_files import SharedFiles
from automl_tl.store.work_store import WorkStore
from automl_tl.worker.sweeping import Sweeper


def test_it_erases_what_lies_here_of_deleted_datasets(depot):
    """Another server may have deleted them."""
    left = depot.directory.dataset_embeddings("ab" * 32)
    left.mkdir()
    sweep = Sweeper(depot.ledger, depot.directory)
    sweep()
    assert not left.exists()
    left.mkdir()
    sweep()
    assert left.exists()


def test_it_erases_what_lies_in_the_work_store_of_deleted_jobs(depot, tmp_path):
    """And leaves what belongs to jobs that there are."""
    files = SharedFiles(f"memory://{tmp_path.name}")
    for job in ("job-1", "job-2"):
        files.write(b"x", f"jobs/default/{job}/t0001/published.json")
    Sweeper(depot.ledger, depot.directory, WorkStore(files))()
    assert files.folders("jobs/default") == ("job-1",)


def test_a_store_that_is_away_ends_nobody(depot, monkeypatch, caplog):
    """It is swept the next time."""

    def away(self, ledger):
        raise Unavailable("away")

    monkeypatch.setattr(WorkStore, "sweep", away)
    Sweeper(depot.ledger, depot.directory, WorkStore(SharedFiles("memory://x")))()
    assert "trying again later" in caplog.text
    with pytest.raises(Unavailable):
        WorkStore(SharedFiles("memory://x")).sweep(depot.ledger)
