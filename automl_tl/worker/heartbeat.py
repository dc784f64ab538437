"""Keeps a lease alive while the work goes on, and learns when it must stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from automl_tl.store.leases import Lease, LeaseStatus
from automl_tl.store.ledger import Ledger

__all__ = ["Heart", "Heartbeat"]

_LOG = logging.getLogger(__name__)


class Heart:
    """Beats in a thread of its own, so that a long forward pass does not lose the lease.

    Parameters
    ----------
    beat
        Keeps the lease and says whether it is lost.
    seconds
        For how long each beat keeps it.
    beats_per_lease
        How often a beat may fail before the lease expires.
    """

    def __init__(
        self, beat: Callable[[], LeaseStatus], *, name: str, seconds: float, beats_per_lease: int = 4
    ) -> None:
        self._once = beat
        self._name = name
        self._interval = seconds / beats_per_lease
        self._over, self._lost = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat-{name}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    @property
    def lost(self) -> bool:
        """Whether a beat has learnt that the lease is gone, so that nobody wants the work any more."""
        return self._lost.is_set()

    def _beat(self) -> None:
        while not self._over.wait(self._interval):
            try:
                status = self._once()
            except Exception:
                # One failed beat is no reason to give up: the lease outlives several, and losing it is noticed.
                _LOG.warning("heartbeat of %s failed", self._name, exc_info=True)
                status = LeaseStatus()
            if status.lost:
                self._lost.set()
                return


class Heartbeat(Heart):
    """Keeps the lease of a job; parameters as for :class:`Heart`."""

    def __init__(self, ledger: Ledger, lease: Lease, *, beats_per_lease: int = 4) -> None:
        super().__init__(
            lambda: ledger.heartbeat(lease),
            name=lease.name,
            seconds=lease.seconds,
            beats_per_lease=beats_per_lease,
        )
