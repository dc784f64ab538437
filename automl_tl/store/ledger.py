"""The ledger: one object that opens the database and holds every noun."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from automl_tl.pipeline.spec import JobState, Stage
from automl_tl.search.budget import StopReason
from automl_tl.store.artifacts import Artifacts
from automl_tl.store.blobs import BlobStore
from automl_tl.store.changes import Changes
from automl_tl.store.datasets import Datasets
from automl_tl.store.engine import Database
from automl_tl.store.erasures import Erasures
from automl_tl.store.events import Events
from automl_tl.store.inquiries import Inquiries
from automl_tl.store.jobs import Jobs
from automl_tl.store.leases import Lease, Leases, LeaseStatus
from automl_tl.store.overview import Overview
from automl_tl.store.past_results import PastResults
from automl_tl.store.rankings import Rankings
from automl_tl.store.records import JobError, JobResult
from automl_tl.store.references import References
from automl_tl.store.stages import Publication, Stages
from automl_tl.store.tokens import Tokens
from automl_tl.store.trials import Trials
from automl_tl.store.uploads import Uploads

__all__ = ["Ledger"]


class Ledger:
    """The truth about datasets and jobs, shared by servers and workers through one database.

    Parameters
    ----------
    url
        SQLAlchemy URL of an SQLite file, such as ``DataDirectory(root).ledger_url``, or of a PostgreSQL database.
    clock
        Seconds since 1970 instead of the database's own time; for tests.

    Attributes
    ----------
    datasets, jobs, events, trials, rankings, artifacts, uploads
        What callers read and write.
    leases, stages
        What the worker that holds a job writes.
    references, erasures
        Which blobs are in use; what deletions leave to erase.
    past_results
        What earlier jobs found out about models.
    tokens
        Who may use which project.
    overview
        All projects at a glance.
    inquiries
        Questions about finished jobs that somebody waits for.
    changes
        Whether anything was written.
    """

    def __init__(self, url: str, *, clock: Callable[[], float] | None = None) -> None:
        self.database = Database(url, clock=clock)
        self.datasets = Datasets(self.database)
        self.uploads = Uploads(self.database)
        self.jobs = Jobs(self.database)
        self.events = Events(self.database)
        self.leases = Leases(self.database)
        self.stages = Stages(self.database)
        self.trials = Trials(self.database)
        self.rankings = Rankings(self.database)
        self.past_results = PastResults(self.database)
        self.artifacts = Artifacts(self.database)
        self.references = References(self.database)
        self.erasures = Erasures(self.database, self.references)
        self.tokens = Tokens(self.database)
        self.overview = Overview(self.database)
        self.inquiries = Inquiries(self.database)
        self.changes = Changes(self.database)

    def claim_next(self, worker: str, lease_seconds: float, *, job: str = "") -> Lease | None:
        """Take the next job for ``worker``, or only ``job``; see :meth:`Leases.claim_next`."""
        return self.leases.claim_next(worker, lease_seconds, job=job)

    def heartbeat(self, lease: Lease) -> LeaseStatus:
        """Keep a lease and learn whether to go on; see :meth:`Leases.heartbeat`."""
        return self.leases.heartbeat(lease)

    def release(self, lease: Lease) -> None:
        """Give an unfinished job back to the queue; see :meth:`Leases.release`."""
        self.leases.release(lease)

    def publish_stage(self, lease: Lease, stage: Stage, files: Sequence[Publication], blobs: BlobStore) -> None:
        """Record a stage's output in one transaction; see :meth:`Stages.publish`."""
        self.stages.publish(lease, stage, files, blobs)

    def finish(
        self,
        lease: Lease,
        state: JobState,
        stop_reason: StopReason,
        error: JobError | None = None,
        result: JobResult | None = None,
    ) -> None:
        """Put a job into a final state; see :meth:`Leases.finish`."""
        self.leases.finish(lease, state, stop_reason, error, result)

    def close(self) -> None:
        """Close the database; the object is of no use afterwards."""
        self.changes.close()
        self.database.close()
