"""A journal that also listens to this process being told to end."""

from __future__ import annotations

import threading

from automl_tl.store.blobs import BlobStore
from automl_tl.store.journal import LedgerJournal
from automl_tl.store.leases import Lease
from automl_tl.store.ledger import Ledger
from automl_tl.store.patience import Patience

__all__ = ["StoppableJournal"]


class StoppableJournal(LedgerJournal):
    """A ledger journal whose job also stops when ``stop`` is set."""

    def __init__(
        self,
        ledger: Ledger,
        blobs: BlobStore,
        lease: Lease,
        *,
        stop: threading.Event,
        patience: Patience | None = None,
    ) -> None:
        super().__init__(ledger, blobs, lease, patience=patience or Patience(pause=stop.wait))
        self._stop = stop

    def cancelled(self) -> bool:
        """Return whether the job must stop: told to, lease lost, or this process is ending."""
        return self._stop.is_set() or super().cancelled()
