"""What is the same for all work under a lease: heartbeat, final state, and what to do when something fails."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

from automl_tl.errors import AutomlError, LeaseLost
from automl_tl.pipeline.spec import JobState
from automl_tl.search.budget import StopReason
from automl_tl.store.leases import Lease
from automl_tl.store.ledger import Ledger
from automl_tl.store.patience import Patience, StoreAway
from automl_tl.store.records import JobError, JobResult
from automl_tl.worker.heartbeat import Heartbeat

__all__ = ["LeasedWork", "Outcome"]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """How work ended that went well."""

    stop_reason: StopReason
    result: JobResult | None = None


@dataclass(frozen=True)
class LeasedWork:
    """Carries out work under leases of one ledger.

    Attributes
    ----------
    stop
        Set when this process must end: the job then goes back to the queue and keeps what it has published.
    seconds
        How long a ledger or blob store that is away is waited for.
    """

    ledger: Ledger
    stop: threading.Event = field(default_factory=threading.Event)
    seconds: float = Patience.seconds

    @property
    def patience(self) -> Patience:
        """Waits that end when this process must."""
        return Patience(self.seconds, pause=self.stop.wait)

    def carry_out(self, lease: Lease, work: Callable[[Lease], Outcome]) -> JobState | None:
        """Do the work and put the job into its final state; None if the lease was lost on the way."""
        with Heartbeat(self.ledger, lease):
            try:
                return self._carry_out(lease, work)
            except LeaseLost:
                _LOG.warning("%s is held by another worker now; stopped working on it", lease.name)
            except StoreAway:
                _LOG.warning("left %s to whoever takes it when the ledger is back", lease.name)
            return None

    def _carry_out(self, lease: Lease, work: Callable[[Lease], Outcome]) -> JobState:
        try:
            outcome = work(lease)
        except LeaseLost:
            raise
        except Exception as error:
            return self._settle(lease, error)
        return self._finish(lease, JobState.SUCCEEDED, outcome.stop_reason, None, outcome.result)

    def _settle(self, lease: Lease, error: Exception) -> JobState:
        """Put the job where an error leaves it: cancelled, back in the queue, or failed with its reason."""
        status = self.patience.until_done(lambda: self.ledger.leases.status(lease))
        if status.cancel_requested:
            return self._finish(lease, JobState.CANCELLED, StopReason.CANCELLED)
        if self.stop.is_set() or isinstance(error, StoreAway):
            self.patience.until_done(lambda: self.ledger.release(lease))
            return JobState.QUEUED
        if not isinstance(error, AutomlError):
            _LOG.error("%s failed:\n%s", lease.name, "".join(traceback.format_exception(error)))
        return self._finish(lease, JobState.FAILED, StopReason.FAILED, JobError.of(error))

    def _finish(
        self,
        lease: Lease,
        state: JobState,
        reason: StopReason,
        error: JobError | None = None,
        result: JobResult | None = None,
    ) -> JobState:
        def finish() -> JobState:
            self.ledger.finish(lease, state, reason, error, result)
            return state

        # Where the connection broke at the very end, the job may be in its final state already.
        return self.patience.until_done(finish, done=lambda: self.ledger.leases.ended_as(lease, state))
