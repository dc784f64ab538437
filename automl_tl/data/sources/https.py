"""Datasets on the web: ``https://`` addresses of one archive or table, from hosts that are allowed."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeAlias
from urllib.parse import unquote, urlsplit

from automl_tl.data.endings import DATASET_SUFFIXES
from automl_tl.data.limits import Limits
from automl_tl.data.sources.address import Resolve, public_addresses
from automl_tl.data.sources.base import DatasetSource, Progress, dataset_sources, quietly
from automl_tl.data.sources.file import open_path
from automl_tl.errors import DatasetError, LimitExceeded, Unavailable

__all__ = ["HttpsSource", "Place", "place_of"]

DOWNLOAD = "download"
"""Name of the file inside ``workdir`` that holds what was fetched."""

_PORT = 443
_PIECE = 1 << 20


Connect: TypeAlias = Callable[[tuple[str, int], float], socket.socket]
"""Opens a connection to (address, port) within so many seconds."""


@dataclass(frozen=True)
class Place:
    """One file on the web: ``path`` is what the host is asked for, ``name`` what the file is called."""

    host: str
    port: int
    path: str
    name: str


def place_of(uri: str, hosts: Sequence[str] | None) -> Place:
    """Return where an address leads.

    Parameters
    ----------
    hosts
        Hosts that are allowed, in lower case; None allows every public one.

    Raises
    ------
    DatasetError
        If the host is not allowed; if the address holds a user, a password, a query or a fragment, which could be
        secrets and would be stored; or if it does not end like a dataset.
    """
    try:
        parts = urlsplit(uri)
        host, port = (parts.hostname or "").rstrip("."), parts.port or _PORT
    except ValueError as error:
        raise DatasetError(f"uri: not an address ({error})", field="uri") from None
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment or "?" in uri:
        raise DatasetError(
            "uri: an address must not hold a user, a password or a query, because it is stored; download it "
            "and name or upload the file",
            field="uri",
        )
    if not host.isascii() or not host or (hosts is not None and host not in hosts):
        allowed = "this server fetches nothing from the web" if not hosts else f"allowed: {', '.join(hosts)}"
        raise DatasetError(f"uri: data is not fetched from {host!r}; {allowed}", field="uri")
    name = unquote(parts.path).rpartition("/")[2]
    if not name.lower().endswith(DATASET_SUFFIXES) or any(ord(letter) <= 32 for letter in parts.path):
        raise DatasetError(f"uri: the address must end in one of {', '.join(DATASET_SUFFIXES)}", field="uri")
    return Place(host, port, parts.path, name)


class HttpsSource(DatasetSource):
    """Fetches ``https://`` addresses.

    The host's addresses are looked up once, each must be public, and the connection goes to one of these; its
    certificate must be the host's. Redirections are not followed, proxies of the environment not used.

    Parameters
    ----------
    resolve, connect
        How to look up a host, and how to open a connection to (address, port); for tests.
    context
        Which certificates are trusted; None trusts what this machine trusts.
    timeout
        Seconds to wait for the next bytes.
    longest
        Seconds that the whole transfer may take.
    """

    scheme = "https"

    def __init__(
        self,
        *,
        resolve: Resolve | None = None,
        connect: Connect = socket.create_connection,
        context: ssl.SSLContext | None = None,
        timeout: float = 30.0,
        longest: float = 3600.0,
    ) -> None:
        self._resolve = resolve
        self._connect = connect
        self._context = context
        self._timeout = timeout
        self._longest = longest

    def fetch(
        self,
        uri: str,
        workdir: Path,
        limits: Limits,
        *,
        roots: Sequence[Path] | None = None,
        hosts: Sequence[str] | None = None,
        stores: Sequence[str] | None = None,
        progress: Progress = quietly,
    ) -> Path:
        """Fetch the file, then open it as if it had been uploaded."""
        place = place_of(uri, hosts)
        file = workdir / DOWNLOAD
        try:
            self._download(place, file, limits, progress)
            return open_path(file, workdir, limits, name=place.name)
        finally:
            file.unlink(missing_ok=True)

    def _download(self, place: Place, file: Path, limits: Limits, progress: Progress) -> None:
        addresses = public_addresses(place.host, place.port, self._resolve)
        until = time.monotonic() + self._longest
        try:
            connection = self._open(place, addresses)
            try:
                connection.request(
                    "GET", place.path, headers={"Accept-Encoding": "identity", "User-Agent": "automl-tl"}
                )
                answer = connection.getresponse()
                _check_status(answer.status, place)
                with file.open("wb") as sink:
                    _copy(answer, sink, limits, until, progress)
            finally:
                connection.close()
        except ssl.SSLCertVerificationError as error:
            raise DatasetError(
                f"uri: the certificate of {place.host!r} is not valid ({error.verify_message})", field="uri"
            ) from None
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(
                f"uri: {place.host!r} does not answer properly ({type(error).__name__}); try again"
            ) from None

    def _open(self, place: Place, addresses: Sequence[str]) -> http.client.HTTPConnection:
        context = self._context or ssl.create_default_context()
        for number, address in enumerate(addresses, start=1):
            try:
                raw = self._connect((address, place.port), self._timeout)
            except OSError:
                if number == len(addresses):
                    raise
                continue
            # The name goes into the handshake, the connection to the address that was checked.
            connection = http.client.HTTPConnection(place.host, place.port)
            connection.default_port = _PORT
            connection.sock = context.wrap_socket(raw, server_hostname=place.host)
            return connection
        raise OSError("no address")


def _check_status(status: int, place: Place) -> None:
    if 300 <= status < 400:
        raise DatasetError(
            "uri: the address redirects elsewhere, which is not followed; name the final one", field="uri"
        )
    if status >= 500 or status == 429:
        raise Unavailable(f"uri: {place.host!r} answers with {status}; try again later")
    if status != 200:
        raise DatasetError(f"uri: {place.host!r} answers with {status}; check the address", field="uri")


def _copy(
    answer: http.client.HTTPResponse, sink: IO[bytes], limits: Limits, until: float, progress: Progress
) -> None:
    size, whole = 0, answer.length or 0
    while piece := answer.read(_PIECE):
        size += len(piece)
        if size > limits.max_bytes:
            raise LimitExceeded(f"uri: the file is larger than max_bytes = {limits.max_bytes}")
        if time.monotonic() > until:
            raise Unavailable("uri: the transfer takes too long; upload the data instead")
        sink.write(piece)
        progress(size, whole)


dataset_sources.register(HttpsSource.scheme, HttpsSource())
