"""Who the client is and whom it trusts: a token, certificates, and what they may be sent over."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import grpc

from automl_tl.errors import InvalidInput

__all__ = ["Credentials"]


@dataclass(frozen=True)
class Credentials:
    """What a client shows and demands.

    Attributes
    ----------
    token
        Bearer token of ``automl-tl token create``; "" sends none.
    tls
        Whether to speak TLS with a server whose certificate this machine trusts.
    ca
        Certificates of the authority to trust instead (PEM); implies TLS.
    certificate, key
        The client's own certificate and key (PEM), for servers that demand one; imply TLS.
    insecure
        Whether a token may travel unencrypted to another machine.
    """

    token: str = field(default="", repr=False)
    tls: bool = False
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    insecure: bool = False

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise InvalidInput("certificate and key must be given together", field="certificate")
        if any(letter.isspace() or not letter.isprintable() for letter in self.token):
            raise InvalidInput(
                "the token must not hold spaces or line breaks; was it copied whole?", field="token"
            )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Credentials:
        """Return what ``AUTOML_TL_TOKEN``, ``_TOKEN_FILE``, ``_TLS``, ``_CA``, ``_CERTIFICATE``, ``_KEY`` say."""

        def path(name: str) -> Path | None:
            return Path(environment[name]) if environment.get(name) else None

        file = path("AUTOML_TL_TOKEN_FILE")
        token = environment.get("AUTOML_TL_TOKEN", "") or (_read(file).decode().strip() if file else "")
        return cls(
            token=token,
            tls=environment.get("AUTOML_TL_TLS", "").lower() in ("1", "true", "yes"),
            ca=path("AUTOML_TL_CA"),
            certificate=path("AUTOML_TL_CERTIFICATE"),
            key=path("AUTOML_TL_KEY"),
            insecure=environment.get("AUTOML_TL_INSECURE", "").lower() in ("1", "true", "yes"),
        )

    def channel(self, address: str, options: Sequence[tuple[str, Any]]) -> grpc.Channel:
        """Open a channel.

        Raises
        ------
        InvalidInput
            If a token would travel unencrypted to another machine, or a file cannot be read.
        """
        if self.tls or self.ca is not None or self.certificate is not None:
            channel = grpc.secure_channel(address, self._encryption(), options=options)
        elif self.token and not self.insecure and not _on_this_machine(address):
            raise InvalidInput(
                f"the token would travel unencrypted to {address}: set tls, ca or AUTOML_TL_CA; or insecure, if "
                "the network is safe",
                field="credentials",
            )
        else:
            channel = grpc.insecure_channel(address, options=options)
        return grpc.intercept_channel(channel, _Bearer(self.token)) if self.token else channel

    def _encryption(self) -> grpc.ChannelCredentials:
        return grpc.ssl_channel_credentials(
            root_certificates=None if self.ca is None else _read(self.ca),
            private_key=None if self.key is None else _read(self.key),
            certificate_chain=None if self.certificate is None else _read(self.certificate),
        )


class _Bearer(
    grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor, grpc.StreamUnaryClientInterceptor
):
    """Adds the token to every call."""

    def __init__(self, token: str) -> None:
        self._metadata = ("authorization", f"Bearer {token}")

    def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        return continuation(self._with_token(client_call_details), request)

    def intercept_unary_stream(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        return continuation(self._with_token(client_call_details), request)

    def intercept_stream_unary(self, continuation: Any, client_call_details: Any, request_iterator: Any) -> Any:
        return continuation(self._with_token(client_call_details), request_iterator)

    def _with_token(self, details: Any) -> Any:
        return details._replace(metadata=(*(details.metadata or ()), self._metadata))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read ({error.strerror})", field="credentials") from None


def _on_this_machine(address: str) -> bool:
    if address.startswith("unix:"):
        return True
    host = address.rpartition(":")[0].removeprefix("[").removesuffix("]")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
