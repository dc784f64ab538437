"""Where things lie below one data directory: the only place that knows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from automl_tl.directories import make_directory

__all__ = ["DataDirectory"]


@dataclass(frozen=True)
class DataDirectory:
    """The files that a server and its workers share.

    Attributes
    ----------
    root
        Directory below which everything lies.
    """

    root: Path

    @property
    def ledger(self) -> Path:
        """File of the ledger, unless that is in another database."""
        return self.root / "ledger.sqlite"

    @property
    def ledger_url(self) -> str:
        """SQLAlchemy URL of the ledger's file."""
        return f"sqlite:///{self.ledger.absolute()}"

    @property
    def blobs(self) -> Path:
        """Directory of the blob store."""
        return self.root / "blobs"

    @property
    def embeddings(self) -> Path:
        """Directory of cached embeddings, one directory per dataset digest."""
        return self.root / "embeddings"

    @property
    def work(self) -> Path:
        """Directory of what workers unpack and write while they work."""
        return self.root / "work"

    @property
    def uploads(self) -> Path:
        """Directory of uploads in progress; whatever lies there when a server starts is a leftover."""
        return self.root / "uploads"

    @property
    def partial_uploads(self) -> Path:
        """Directory of what arrived of uploads that broke, one directory per project."""
        return self.root / "partial"

    @property
    def trash(self) -> Path:
        """Directory of what is being erased: out of sight at once, gone a little later."""
        return self.root / "trash"

    @property
    def server_lock(self) -> Path:
        """File that the one server of this directory holds locked."""
        return self.root / "server.lock"

    def dataset_embeddings(self, digest: str) -> Path:
        """Directory of one dataset's cached embeddings."""
        return self.embeddings / digest

    def dataset_work(self, digest: str) -> Path:
        """Directory into which a dataset is unpacked; erased with the dataset."""
        return self.work / "datasets" / digest

    def job_work(self, project: str, job: str) -> Path:
        """Directory of one job's checkpoints; erased with the job."""
        return self.work / "jobs" / project / job

    def create(self) -> DataDirectory:
        """Make the directories, readable by their owner only, and return self; raises InvalidInput."""
        for directory in (
            self.root,
            self.blobs,
            self.embeddings,
            self.work,
            self.uploads,
            self.partial_uploads,
            self.trash,
        ):
            make_directory(directory, mode=0o700)
        return self
