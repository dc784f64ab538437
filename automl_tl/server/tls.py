"""TLS: certificate and key of the server, and the authority whose clients it takes."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import grpc

from automl_tl.errors import InvalidInput

__all__ = ["Tls"]


@dataclass(frozen=True)
class Tls:
    """Files in PEM.

    They are read again when they change, so that a renewed certificate serves new connections without a restart.

    Attributes
    ----------
    certificate, key
        The server's certificate with its chain, and its private key.
    client_ca
        Certificates of authorities; only clients with a certificate of one of these are let in (mutual TLS). None
        lets in every client.
    """

    certificate: Path
    key: Path
    client_ca: Path | None = None

    def server_credentials(self) -> grpc.ServerCredentials:
        """Return what a gRPC server listens with; raises InvalidInput if key and certificate do not fit."""
        self.context()
        watched = _Watched(self)
        return grpc.dynamic_ssl_server_credentials(
            watched.configuration, watched.changed, require_client_authentication=self.client_ca is not None
        )

    def context(self) -> ssl.SSLContext:
        """Return what an HTTP server listens with; raises InvalidInput if key and certificate do not fit."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        for path in self.files():
            if not path.is_file():
                raise InvalidInput(f"tls: there is no file {path}", field="tls")
        try:
            context.load_cert_chain(self.certificate, self.key, password="")
            if self.client_ca is not None:
                context.load_verify_locations(self.client_ca)
                context.verify_mode = ssl.CERT_REQUIRED
        except (ssl.SSLError, OSError, ValueError) as error:
            raise InvalidInput(
                f"tls: {self.certificate} and {self.key} cannot be used ({error}); both must be PEM, belong "
                "together, and the key must have no password",
                field="tls",
            ) from None
        return context

    def files(self) -> tuple[Path, ...]:
        """Return every file that is read."""
        return (self.certificate, self.key, *(() if self.client_ca is None else (self.client_ca,)))


class _Watched:
    """Hands gRPC a new configuration when a file has changed."""

    def __init__(self, tls: Tls) -> None:
        self._tls = tls
        self._seen = self._stamp()
        self.configuration = self._read()

    def changed(self) -> grpc.ServerCertificateConfiguration | None:
        """Return the new configuration, None where nothing changed; called at every handshake."""
        try:
            stamp = self._stamp()
            if stamp == self._seen:
                return None
            self._tls.context()  # half a renewal, a key without its certificate, is not taken over
            self._seen, self.configuration = stamp, self._read()
        except (OSError, InvalidInput):
            return None
        return self.configuration

    def _stamp(self) -> tuple[tuple[int, int], ...]:
        return tuple((path.stat().st_mtime_ns, path.stat().st_size) for path in self._tls.files())

    def _read(self) -> grpc.ServerCertificateConfiguration:
        tls = self._tls
        authority = None if tls.client_ca is None else tls.client_ca.read_bytes()
        pair = (tls.key.read_bytes(), tls.certificate.read_bytes())
        return grpc.ssl_server_certificate_configuration([pair], root_certificates=authority)
