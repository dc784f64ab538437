"""A small HTTP server for pages that are read only: GET and HEAD, short requests, few connections at once."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

from automl_tl.errors import Unavailable

__all__ = ["SECURE_HEADERS", "Answer", "Ask", "Handler", "WebServer"]

_LOG = logging.getLogger(__name__)

_LONGEST_HEAD = 8192
_HEAD_SECONDS = 5.0
_SEND_SECONDS = 30.0
_CONNECTIONS = 64

SECURE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""What every answer says; an answer's own headers come over these."""


@dataclass(frozen=True)
class Ask:
    """A request: decoded path, query and headers (names in lower case)."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What is sent back."""

    body: bytes
    content_type: str = "text/html; charset=utf-8"
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Ask], Awaitable[Answer]]


class WebServer:
    """Answers with what ``handler`` returns; what it raises becomes a bare 500 and a line in the log.

    Parameters
    ----------
    host_names
        What the header ``Host`` may say, without the port; empty allows everything. A page on this machine must
        insist: else a web site could resolve to 127.0.0.1 and read it with a visitor's browser.
    context
        For HTTPS; None speaks HTTP.
    """

    def __init__(
        self, handler: Handler, *, host_names: frozenset[str] = frozenset(), context: ssl.SSLContext | None = None
    ) -> None:
        self._handler = handler
        self._host_names = host_names
        self._context = context
        self._open: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        """Listen; ``port`` tells which one it is. Raises Unavailable if the address cannot be listened on."""
        try:
            self._server = await asyncio.start_server(
                self._connected,
                host,
                port,
                limit=_LONGEST_HEAD,
                ssl=self._context,
                ssl_handshake_timeout=_HEAD_SECONDS if self._context else None,
            )
        except OSError as error:
            raise Unavailable(f"cannot listen on {host}:{port} ({error.strerror}); choose another port") from None
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._open) >= _CONNECTIONS:
            writer.close()
            return
        self._open.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self._open.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        method, answer = await self._answer(head.decode("latin-1"))
        writer.write(_head(answer) + (b"" if method == "HEAD" else answer.body))
        async with asyncio.timeout(_SEND_SECONDS):
            await writer.drain()

    async def _answer(self, head: str) -> tuple[str, Answer]:
        first, *lines = head.split("\r\n")
        words = first.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1.") or not words[1].startswith("/"):
            return "GET", _plain(HTTPStatus.BAD_REQUEST)
        if words[0] not in ("GET", "HEAD"):
            return words[0], _plain(HTTPStatus.METHOD_NOT_ALLOWED, Allow="GET, HEAD")
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
        }
        if self._host_names and _without_port(headers.get("host", "")) not in self._host_names:
            return words[0], _plain(HTTPStatus.MISDIRECTED_REQUEST)
        parts = urlsplit(words[1])
        try:
            return words[0], await self._handler(Ask(unquote(parts.path), dict(parse_qsl(parts.query)), headers))
        except Exception:
            _LOG.exception("a page failed")
            return words[0], _plain(HTTPStatus.INTERNAL_SERVER_ERROR)


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _plain(status: HTTPStatus, **headers: str) -> Answer:
    return Answer(f"{status.value} {status.phrase}\n".encode(), "text/plain; charset=utf-8", status, headers)


def _head(answer: Answer) -> bytes:
    headers = {
        **SECURE_HEADERS,
        **answer.headers,
        "Content-Type": answer.content_type,
        "Content-Length": str(len(answer.body)),
        "Connection": "close",
    }
    lines = [f"HTTP/1.1 {answer.status.value} {answer.status.phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
