"""Erasing now and then what lies on this machine, or in the work store, of rows that are gone."""

from __future__ import annotations

import logging
import time

from automl_tl.errors import AutomlError
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.upkeep import EVERY_SECONDS
from automl_tl.store.work_store import WorkStore

__all__ = ["Sweeper"]

_LOG = logging.getLogger(__name__)


class Sweeper:
    """Sweeps when it is called and it is time to."""

    def __init__(self, ledger: Ledger, directory: DataDirectory, store: WorkStore | None = None) -> None:
        self._ledger = ledger
        self._directory = directory
        self._store = store
        self._due = time.monotonic()

    def __call__(self) -> None:
        """Sweep, unless that was done within the hour."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + EVERY_SECONDS
        try:
            self._ledger.erasures.sweep(self._directory)
            if self._store is not None:
                self._store.sweep(self._ledger)
        except (AutomlError, OSError):
            _LOG.warning("could not erase what was deleted; trying again later", exc_info=True)
