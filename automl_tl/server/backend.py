"""What every service works on: ledger, blobs, catalog, and threads so that the event loop never waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cached_property, partial
from typing import Any, ParamSpec, TypeVar

from automl_tl.server.config import ServerConfig
from automl_tl.store.blobs import BlobStore
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.zoo.catalog import Catalog, load_catalog

__all__ = ["Backend"]

P = ParamSpec("P")
T = TypeVar("T")

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
        self.ledger = Ledger(self.directory.ledger_url)
        self.blobs = BlobStore(self.directory.blobs)
        self._given_catalog = catalog
        self._threads = ThreadPoolExecutor(config.threads, thread_name_prefix="ledger")
        # Reading a large upload takes minutes; it must not keep GetJob waiting.
        self._intake_threads = ThreadPoolExecutor(_INTAKE_THREADS, thread_name_prefix="intake")

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

    def erase_leftovers(self) -> None:
        """Erase what a crashed server left: half uploads, deletions not carried out, blobs without a row."""
        self.ledger.uploads.erase_leftovers(self.directory.uploads)
        self.ledger.erasures.carry_out(self.directory, self.blobs)
        self.ledger.references.collect(self.blobs)

    def close(self) -> None:
        """Wait for running threads and close the ledger."""
        self._threads.shutdown()
        self._intake_threads.shutdown()
        self.ledger.close()


async def _run_to_end(executor: Executor, function: Callable[[], Any]) -> Any:
    """Run ``function`` in a thread and come back only when the thread is done with it.

    A caller who goes away cancels the task but cannot stop the thread, and whoever cleans up behind the task
    must not pull the files away from under it.
    """
    future = asyncio.get_running_loop().run_in_executor(executor, function)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait([future])
        raise
