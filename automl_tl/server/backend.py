"""What every service works on: ledger, blobs, catalog, and threads so that the event loop never waits."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import copy_context
from functools import cached_property, partial
from typing import Any, ParamSpec, TypeVar

from automl_tl.errors import Unavailable
from automl_tl.server.config import ServerConfig
from automl_tl.server.intake_process import IntakeProcesses
from automl_tl.server.metrics import Metrics
from automl_tl.server.partial_uploads import PartialUploads
from automl_tl.store.blobs import BlobStore
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.upkeep import EVERY_SECONDS, keep_up
from automl_tl.zoo.catalog import Catalog, load_catalog

__all__ = ["Backend"]

P = ParamSpec("P")
T = TypeVar("T")

_LOG = logging.getLogger(__name__)
_INTAKE_THREADS = 2


class Backend:
    """One server's access to its data directory.

    Parameters
    ----------
    catalog
        Candidate models; None loads those that ship with the package at first use.
    """

    def __init__(self, config: ServerConfig, *, catalog: Catalog | None = None) -> None:
        self.config = config
        self.directory = DataDirectory(config.data_dir).create()
        self.ledger: Ledger = config.places.open_ledger(self.directory)
        self.blobs: BlobStore = config.places.open_blobs(self.directory)
        self.metrics = Metrics(self.ledger.overview.jobs_by_state)
        self._given_catalog = catalog
        self._threads = ThreadPoolExecutor(config.threads, thread_name_prefix="ledger")
        self._upkeep_thread = ThreadPoolExecutor(1, thread_name_prefix="upkeep")
        self._closing = threading.Event()
        # Reading a large upload takes minutes; it must not keep GetJob waiting.
        self._intake_threads = ThreadPoolExecutor(_INTAKE_THREADS, thread_name_prefix="intake")
        self.intake = IntakeProcesses(_INTAKE_THREADS)
        self.fetching = IntakeProcesses(_INTAKE_THREADS, clouds=True)
        self.partial_uploads = PartialUploads(self.directory.partial_uploads)

    @cached_property
    def catalog(self) -> Catalog:
        """Candidate models; reads files at first use, so look at it from a thread."""
        return self._given_catalog or load_catalog()

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a short blocking function in a thread."""
        return await _run_to_end(self._threads, partial(function, *args, **kwargs))

    async def run_long(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking function that may take minutes in a thread."""
        return await _run_to_end(self._intake_threads, partial(function, *args, **kwargs))

    async def clean_up(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a short blocking function in a thread, begun and ended however often the caller is cancelled."""
        return await _run_to_end(self._threads, partial(function, *args, **kwargs), droppable=False)

    def erase_half_uploads(self) -> None:
        """Erase uploads that a crashed server did not end; before the first upload begins."""
        self.ledger.uploads.erase_leftovers(self.directory.uploads)
        self.partial_uploads.sweep()

    async def keep_up(self) -> None:
        """Do the upkeep of ledger and blobs now and then until cancelled; what fails is tried the next time."""
        while True:
            work = partial(keep_up, self.ledger, self.blobs, self.directory, stopping=self._closing.is_set)
            try:
                await _run_to_end(self._upkeep_thread, work)
                await _run_to_end(self._upkeep_thread, self.partial_uploads.sweep)
            except Unavailable as error:
                _LOG.warning("upkeep put off: %s", error.message)
            except Exception:
                _LOG.exception("upkeep failed; trying again later")
            await asyncio.sleep(EVERY_SECONDS)

    def stop_keeping_up(self) -> None:
        """Let upkeep in progress end at the next opportunity."""
        self._closing.set()

    def close(self) -> None:
        """Wait for running threads and close the ledger."""
        self._closing.set()
        self._upkeep_thread.shutdown()
        self._threads.shutdown()
        self._intake_threads.shutdown()
        self.ledger.close()


async def _run_to_end(executor: Executor, function: Callable[[], Any], *, droppable: bool = True) -> Any:
    """Run ``function`` in a thread and come back only when the thread is done with it.

    A caller who goes away cancels the task, possibly more than once, but cannot stop the thread, and whoever
    cleans up behind the task must not pull the files away from under it. Work that has not begun is dropped,
    unless it is that cleaning up.
    """
    # Lines that the thread logs belong to the request too.
    work = executor.submit(copy_context().run, function)
    future = asyncio.wrap_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            cancelled = error
            if droppable and work.cancel():
                break
    if cancelled is not None:
        raise cancelled
    return future.result()
