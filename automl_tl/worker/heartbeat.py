"""Keeps a lease alive while the work goes on, and learns when it must stop."""

from __future__ import annotations

import logging
import threading
from types import TracebackType

from automl_tl.store.leases import Lease, LeaseStatus
from automl_tl.store.ledger import Ledger

__all__ = ["Heartbeat"]

_LOG = logging.getLogger(__name__)


class Heartbeat:
    """Beats in a thread of its own, so that a long forward pass does not lose the lease.

    Parameters
    ----------
    beats_per_lease
        How often a beat may fail before the lease expires.
    """

    def __init__(self, ledger: Ledger, lease: Lease, *, beats_per_lease: int = 4) -> None:
        self._ledger = ledger
        self._lease = lease
        self._interval = lease.seconds / beats_per_lease
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat-{lease.job}", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._over.wait(self._interval):
            try:
                status = self._ledger.heartbeat(self._lease)
            except Exception:
                # One failed beat is no reason to give up: the lease outlives several, and losing it is noticed.
                _LOG.warning("heartbeat of %s failed", self._lease.name, exc_info=True)
                status = LeaseStatus()
            if status.lost:
                return
