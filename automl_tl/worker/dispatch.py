"""Hand whole jobs to a cluster by Ray's Jobs API and look after them there."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from automl_tl import names
from automl_tl.distributed.jobs_api import JobsApi, RayJob
from automl_tl.errors import AutomlError, NotFound
from automl_tl.pipeline.spec import JobState
from automl_tl.search.budget import StopReason
from automl_tl.store.leases import Claimable
from automl_tl.store.ledger import Ledger
from automl_tl.store.records import JobError
from automl_tl.structured_log import redact
from automl_tl.worker.claiming import worker_name
from automl_tl.worker.remote_command import RemoteCommand, belongs_to, submission_id
from automl_tl.worker.submissions import JOB, SERVICE, Submissions

__all__ = ["Dispatcher"]

_LOG = logging.getLogger(__name__)
_ATTEMPTS = 3
_LEASE_SECONDS = 30.0
_TAIL = 600
_LONGEST_PAUSE = 30.0
_STARTING_SECONDS = 900.0
"""A new machine reads gigabytes of libraries from a cold disk before its worker claims anything."""


@dataclass
class Dispatcher:
    """Brings the ledger and a cluster's jobs together, again and again.

    Nothing is remembered that matters, only what saves questions: what is in flight is read from the cluster,
    what waits from the ledger. So a dispatcher that starts again goes on with what its predecessor has submitted,
    and several do not disturb each other. The leases stay with the workers on the cluster, who also hear by
    themselves of a cancellation.

    A job that three submissions did not take is failed. One that Ray gave up because the cluster was full all the
    time is none of them: it is submitted again as often as that happens.

    Attributes
    ----------
    at_once
        How many jobs of this service may be in flight.
    only
        Look after this job only (resource name); "" takes all.
    grace
        Seconds after which a job's processes are ended that should have ended by themselves.
    starting
        Seconds within which the processes of a new submission must claim their job.
    """

    ledger: Ledger
    api: JobsApi
    command: RemoteCommand
    at_once: int = 4
    grace: float = 60.0
    starting: float = _STARTING_SECONDS
    only: str = ""
    _overdue: dict[str, tuple[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._submissions = Submissions(self.api, self.command.service)

    def run(
        self,
        stop: threading.Event,
        *,
        over: Callable[[], bool] = lambda: False,
        interval: float = 1.0,
    ) -> None:
        """Step until told to stop or ``over`` says so; jobs in flight stay there.

        A cluster or ledger that does not answer is asked again after ``interval`` seconds, then twice that, up to
        half a minute. When it is over, a last step takes back what is pending of a job that has ended.
        """
        pause = interval
        while not stop.is_set():
            try:
                if over():
                    self._last_step()
                    return
                self.step()
                pause = interval
            except AutomlError as error:
                if pause == interval:
                    _LOG.warning("waiting for cluster and ledger: %s", error.message)
                pause = min(2 * pause, max(interval, _LONGEST_PAUSE))
            stop.wait(pause)

    def _last_step(self) -> None:
        try:
            self.step()
        except AutomlError as error:
            _LOG.warning("leaving without a last look at the cluster: %s", error.message)

    def step(self) -> list[str]:
        """Look at everything once; returns the submission ids of what was submitted."""
        fresh = self._submissions.look()
        waiting = self.ledger.leases.claimable(job=self.only)
        flying = self._submissions.flying
        if not fresh and len(flying) < self.at_once and any(job.name not in flying for job in waiting):
            self._submissions.read_list()
            flying = self._submissions.flying
        epochs = {job.name: job.epoch for job in waiting}
        for job, run in flying.items():
            self._look_after(job, run, epochs.get(job))
        known = self._submissions.known
        self._overdue = {key: value for key, value in self._overdue.items() if key in known}
        free = self.at_once - len(flying)
        submitted: list[str] = []
        for each in waiting:
            if len(submitted) >= free:
                break
            if each.name not in flying:
                submitted += self._submit(each, known)
        return submitted

    def _submit(self, job: Claimable, known: Mapping[str, RayJob]) -> list[str]:
        earlier = _submissions_of(job, known)
        failed = [run for run in earlier if not run.starved]
        if len(failed) >= _ATTEMPTS:
            self._give_up(job, failed[-1])
            return []
        if earlier and earlier[-1].starved:
            _LOG.warning(
                "%s found no room on the cluster in time; it is submitted again", earlier[-1].submission_id
            )
        fresh = submission_id(job.name, job.epoch, len(earlier) + 1)
        metadata = {JOB: job.name, SERVICE: self.command.service}
        if self.api.submit(
            fresh, self.command(job.name), metadata=metadata, gpus=self.command.shape.driver_gpus or 0.0
        ):
            _LOG.info("submitted %s as %s", job.name, fresh)
        self._submissions.add(RayJob(fresh, "PENDING", metadata=metadata))
        return [fresh]

    def _look_after(self, job: str, run: RayJob, claimable: int | None) -> None:
        """End processes that nobody needs: at once if they have not begun, else when their time is over."""
        project, identifier = names.parse_job(job)
        try:
            state = self.ledger.jobs.get(project, identifier).state
        except NotFound:
            state = JobState.CANCELLED
        limit = self._limit(job, run, state, claimable)
        if limit is None:
            self._overdue.pop(run.submission_id, None)
            return
        why, seconds = limit
        before, since = self._overdue.get(run.submission_id, ("", 0.0))
        if before != why:
            since = time.monotonic()
            self._overdue[run.submission_id] = (why, since)
        if time.monotonic() - since >= seconds:
            self.api.stop(run.submission_id)
            _LOG.info("stopped %s (%s %s)", run.submission_id, job, why)

    def _limit(self, job: str, run: RayJob, state: JobState, claimable: int | None) -> tuple[str, float] | None:
        """Return why a run's time is limited and to how many seconds; None where it is not.

        ``claimable`` is the epoch of the job's last lease if nobody holds it now.
        """
        if state.final or state is JobState.CANCELLING:
            return "is over or to be cancelled", 0.0 if run.status == "PENDING" else self.grace
        if claimable is None or run.status != "RUNNING":
            return None
        if belongs_to(run.submission_id, job, claimable):
            return "is not claimed by it", self.starting
        return "is no longer held by it", self.grace

    def _give_up(self, job: Claimable, last: RayJob) -> None:
        """Fail a job that no submission has taken up, with what the cluster says about the last one."""
        lease = self.ledger.claim_next(worker_name(), _LEASE_SECONDS, job=job.name)
        if lease is None:
            return
        reason = redact(" ".join(last.message.split()))[-_TAIL:]
        error = JobError(
            "CLUSTER_DID_NOT_START",
            f"{_ATTEMPTS} submissions to the Ray cluster ended without taking the job (the last one is "
            f"{last.submission_id}, {last.status}: {reason}); see its log in Ray's dashboard, then resume the job",
        )
        self.ledger.finish(lease, JobState.FAILED, StopReason.FAILED, error)
        _LOG.error("%s failed: %s", job.name, error.message)


def _submissions_of(job: Claimable, known: Mapping[str, RayJob]) -> list[RayJob]:
    """Return what was submitted for a job since its last lease, in order: ids are given without gaps."""
    ids = (submission_id(job.name, job.epoch, attempt) for attempt in itertools.count(1))
    return [known[each] for each in itertools.takewhile(known.__contains__, ids)]
