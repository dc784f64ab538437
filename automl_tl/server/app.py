"""The server process: start, serve, stop in order."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import suppress

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from automl_tl.server.artifacts import ArtifactService
from automl_tl.server.backend import Backend
from automl_tl.server.catalog import CatalogService
from automl_tl.server.changes import ChangeFeed
from automl_tl.server.config import ServerConfig
from automl_tl.server.datasets import DatasetService
from automl_tl.server.explanations import ExplanationService
from automl_tl.server.interceptor import CallInterceptor
from automl_tl.server.jobs import JobService
from automl_tl.server.lock import DirectoryLock
from automl_tl.server.operations import Operations
from automl_tl.server.transport import bind, channel_options
from automl_tl.v1 import (
    artifacts_pb2_grpc,
    catalog_pb2_grpc,
    datasets_pb2_grpc,
    explanations_pb2_grpc,
    jobs_pb2_grpc,
)
from automl_tl.zoo.catalog import Catalog

__all__ = ["RunningServer", "serve", "start"]

_LOG = logging.getLogger(__name__)

SERVICES = tuple(
    f"automl_tl.v1.{noun}Service" for noun in ("Job", "Dataset", "Artifact", "Catalog", "Explanation")
)


class RunningServer:
    """A server that answers; made by :func:`start`.

    Attributes
    ----------
    address
        ``host:port`` with the port that was really bound.
    operations
        Metrics and pages, and the ports that they are on.
    """

    def __init__(
        self, backend: Backend, lock: DirectoryLock, server: grpc.aio.Server, address: str, operations: Operations
    ) -> None:
        self.backend = backend
        self.address = address
        self.port = int(address.rpartition(":")[2])
        self.operations = operations
        self._lock = lock
        self._server = server
        self._feed = ChangeFeed(backend)
        self._health = health.aio.HealthServicer()
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        """Attach the services and answer."""
        backend, server = self.backend, self._server
        jobs_pb2_grpc.add_JobServiceServicer_to_server(JobService(backend, self._feed), server)
        datasets_pb2_grpc.add_DatasetServiceServicer_to_server(DatasetService(backend), server)
        artifacts_pb2_grpc.add_ArtifactServiceServicer_to_server(ArtifactService(backend), server)
        catalog_pb2_grpc.add_CatalogServiceServicer_to_server(CatalogService(backend), server)
        explanations = ExplanationService(backend, self._feed)
        explanations_pb2_grpc.add_ExplanationServiceServicer_to_server(explanations, server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        if backend.config.reflection:
            reflection.enable_server_reflection((*SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
        await backend.run(backend.erase_half_uploads)
        self._tasks = [asyncio.ensure_future(self._feed.run()), asyncio.ensure_future(backend.keep_up())]
        await self.operations.start()
        await server.start()
        for service in ("", *SERVICES):
            await self._health.set(service, health_pb2.HealthCheckResponse.SERVING)

    async def stop(self, grace_seconds: float | None = None) -> None:
        """Say NOT_SERVING, drain, send watchers away, let other calls end, then close everything."""
        await self._health.enter_graceful_shutdown()
        await asyncio.sleep(self.backend.config.drain_seconds)
        self._feed.stop()
        self.backend.stop_keeping_up()
        await self._server.stop(self.backend.config.grace_seconds if grace_seconds is None else grace_seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.operations.stop()
        await self.backend.intake.close()
        await self.backend.fetching.close()
        await asyncio.to_thread(self.backend.close)
        self._lock.release()


async def start(config: ServerConfig, *, catalog: Catalog | None = None) -> RunningServer:
    """Start a server and return it once it answers.

    Parameters
    ----------
    catalog
        Candidate models; None takes those that ship with the package.

    Raises
    ------
    FailedPrecondition
        If another server uses the data directory, or the ledger is of another version.
    Unavailable
        If the address cannot be listened on.
    """
    backend = await asyncio.to_thread(Backend, config, catalog=catalog)
    try:
        lock = DirectoryLock(backend.directory.server_lock)
    except BaseException:
        backend.close()
        raise
    operations = Operations(backend)
    interceptor = CallInterceptor(operations.desk())
    server = grpc.aio.server(interceptors=(interceptor,), options=channel_options(config))
    try:
        port = bind(server, config)
        address = f"{config.target.rpartition(':')[0]}:{port}"
        running = RunningServer(backend, lock, server, address, operations)
        await running.begin()
    except BaseException:
        await server.stop(None)
        await operations.stop()
        backend.close()
        lock.release()
        raise
    _LOG.info("listening on %s, data in %s", running.address, config.data_dir)
    return running


async def serve(
    config: ServerConfig,
    *,
    ready: Callable[[RunningServer], None] | None = None,
    stop: asyncio.Event | None = None,
    catalog: Catalog | None = None,
) -> None:
    """Serve until SIGINT, SIGTERM or ``stop``, then end in order.

    Parameters
    ----------
    ready
        Called once the server answers; None prints the address.
    stop
        Set it to end the server from the same event loop.
    """
    stop = stop or asyncio.Event()
    running = await start(config, catalog=catalog)
    try:
        loop = asyncio.get_running_loop()
        # Outside the main thread Python takes no signals; whoever runs us there sets ``stop``.
        with suppress(RuntimeError, ValueError):
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, stop.set)
        if ready is None:
            print(f"automl-tl server listens on {running.address}", flush=True)
        else:
            ready(running)
        await stop.wait()
    finally:
        await running.stop()
