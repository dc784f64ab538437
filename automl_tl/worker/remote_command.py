"""The command that a cluster runs for one job, and the name that Ray knows it by."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from automl_tl import names
from automl_tl.store.places import BLOB_STORE_VARIABLE, DATABASE_VARIABLE, WORK_STORE_VARIABLE, Places
from automl_tl.structured_log import redact
from automl_tl.worker.trial_shape import TrialShape

__all__ = ["RemoteCommand", "belongs_to", "submission_id"]


@dataclass(frozen=True)
class RemoteCommand:
    """Makes the entry point of one job's worker on a cluster.

    Everybody who may look at the cluster sees its entry points. A URL with a password is therefore not written
    into them: the nodes must have it in their own environment, and the command says so where they have not.

    Attributes
    ----------
    data_directory
        Where the remote worker keeps its files; also ledger and blobs if ``places`` leaves them there.
    places
        Where ledger and blobs are.
    shape
        What trials ask the cluster for.
    environment
        Further settings of the service that are no secrets, by the names of their variables.
    """

    data_directory: Path
    places: Places
    shape: TrialShape = field(default_factory=TrialShape)
    environment: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, job: str) -> str:
        """Return the shell command for one job (resource name)."""
        words = ["python", "-m", "automl_tl.worker", "--once", "--job", job, "--ray", "auto"]
        words += ["--data-dir", str(self.data_directory)]
        words += self.shape.words()
        needed = []
        for option, variable, url in (
            ("--database", DATABASE_VARIABLE, self.places.database),
            ("--blob-store", BLOB_STORE_VARIABLE, self.places.blob_store),
            ("--work-store", WORK_STORE_VARIABLE, self.places.work_store),
        ):
            if redact(url) == url:
                words += [option, url] if url else []
            else:
                needed.append(f'"${{{variable}:?must be set on the nodes of the cluster}}"')
        check = f": {' '.join(needed)} && " if needed else ""
        settings = [f"export {name}={shlex.quote(value)} && " for name, value in self.environment.items()]
        return f"{check}{''.join(settings)}exec {shlex.join(words)}"

    @property
    def service(self) -> str:
        """A digest by which submissions of this service are told from those of others on the same cluster."""
        where = self.places.database or str(self.data_directory)
        return hashlib.sha256(redact(where).encode()).hexdigest()[:16]


def submission_id(job: str, epoch: int, attempt: int = 1) -> str:
    """Return the id of a submission: the job's id, with what tells later ones apart.

    Ray refuses an id that it has seen, so whoever submits the same job again, in the same state, changes nothing.

    Parameters
    ----------
    job
        Resource name; a project other than the default one goes before the job's id.
    epoch
        Of the job's last lease: after a lost worker or a resumed job this is another submission.
    attempt
        Counts submissions of which none took the job, also those for which there was no room.
    """
    project, identifier = names.parse_job(job)
    name = identifier if project == names.DEFAULT_PROJECT else f"{project}.{identifier}"
    return name + (f".{epoch}" if epoch else "") + (f"_{attempt}" if attempt > 1 else "")


def belongs_to(submission: str, job: str, epoch: int) -> bool:
    """Return whether one of a job's submissions was made in this epoch, whichever attempt it was."""
    first = submission_id(job, epoch)
    return submission == first or submission.startswith(f"{first}_")
