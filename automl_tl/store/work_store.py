"""What machines without a common disk need of each other's work: trials, data sets, embeddings."""

from __future__ import annotations

from dataclasses import dataclass

from automl_tl.errors import InvalidInput
from automl_tl.names import job_name, parse_job
from automl_tl.store.dataset_copies import DatasetCopies
from automl_tl.store.ledger import Ledger
from automl_tl.store.shared_files import SharedFiles
from automl_tl.store.trial_store import TrialStore

__all__ = ["WorkStore"]

_JOBS, _DATASETS, _EMBEDDINGS = "jobs", "datasets", "embeddings"


@dataclass(frozen=True)
class WorkStore:
    """One place for all jobs of a service; whatever lies there can be made again.

    Attributes
    ----------
    files
        Where it is.
    """

    files: SharedFiles

    def trials(self, project: str, job: str) -> TrialStore:
        """Return where the trials of one job publish their files; erased when the job has succeeded."""
        return TrialStore(self.files.below(f"{_JOBS}/{project}/{job}"))

    @property
    def datasets(self) -> DatasetCopies:
        """Copies of data sets for nodes that probe; they go with the data set."""
        return DatasetCopies(self.files.below(_DATASETS))

    @property
    def embeddings(self) -> SharedFiles:
        """Cached embeddings, by the data set's digest; they go with the data set."""
        return self.files.below(_EMBEDDINGS)

    def sweep(self, ledger: Ledger) -> int:
        """Erase what lies here of jobs and data sets whose rows are gone; returns how many there were.

        Raises
        ------
        Unavailable
            If store or ledger is away.
        """
        count = 0
        for project in self.files.folders(_JOBS):
            for job in self.files.folders(f"{_JOBS}/{project}"):
                if _is_job(project, job) and not ledger.erasures.needed("job", project, job):
                    self.files.remove_all(f"{_JOBS}/{project}/{job}")
                    count += 1
        for kind in (_DATASETS, _EMBEDDINGS):
            for digest in self.files.folders(kind):
                if not ledger.erasures.needed("dataset", "", digest):
                    self.files.remove_all(f"{kind}/{digest}")
                    count += 1
        return count


def _is_job(project: str, job: str) -> bool:
    """Return whether these are names of a job: what else lies there is none of ours."""
    try:
        return parse_job(job_name(project, job)) == (project, job)
    except InvalidInput:
        return False
