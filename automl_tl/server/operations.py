"""What operators get: metrics and pages on ports of their own, and the desk that lets calls in."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from automl_tl.server.access import Access
from automl_tl.server.calls import CallDesk
from automl_tl.server.metrics import CONTENT_TYPE
from automl_tl.server.rates import Rates
from automl_tl.server.tracing import NO_TRACING, set_up_tracing
from automl_tl.server.web import Answer, Ask, WebServer
from automl_tl.store.tokens import TokenRecord

if TYPE_CHECKING:
    from automl_tl.server.backend import Backend

__all__ = ["Operations"]

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Operations:
    """One server's metrics, who may call it, and its web ports.

    Attributes
    ----------
    access
        Who calls.
    metrics_port, status_port
        Where they are served; 0 for nowhere.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.access = Access(self._verify, required=backend.config.tokens_required)
        self.metrics_port = self.status_port = 0
        self._servers: list[WebServer] = []

    def desk(self) -> CallDesk:
        """Return what lets calls in."""
        config = self._backend.config
        tracing = set_up_tracing() if config.tracing else NO_TRACING
        return CallDesk(self.access, Rates(config.rate), self._backend.metrics, tracing)

    async def start(self) -> None:
        """Serve metrics and pages where the configuration says; raises Unavailable for a port in use."""
        config = self._backend.config
        if config.metrics_port is not None:
            self.metrics_port = await self._serve(WebServer(self._show_metrics), config.metrics_port)
        if config.status_port is not None:
            from automl_tl.server.status_page import StatusPage

            names = _LOOPBACK_NAMES if config.on_loopback else frozenset()
            context = None if config.tls is None else config.tls.context()
            page = StatusPage(self._backend, self.access)
            self.status_port = await self._serve(
                WebServer(page.show, host_names=names, context=context), config.status_port
            )

    async def stop(self) -> None:
        """Close the web ports."""
        for server in self._servers:
            await server.stop()

    async def _serve(self, server: WebServer, port: int) -> int:
        self._servers.append(server)
        await server.start(self._backend.config.host, port)
        return server.port

    async def _show_metrics(self, ask: Ask) -> Answer:
        if ask.path != "/metrics":
            return Answer(b"404: /metrics\n", "text/plain", HTTPStatus.NOT_FOUND)
        return Answer(await self._backend.run(self._backend.metrics.text), CONTENT_TYPE)

    async def _verify(self, token: str) -> TokenRecord:
        return await self._backend.run(self._backend.ledger.tokens.verify, token)
