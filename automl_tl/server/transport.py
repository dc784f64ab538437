"""How the server speaks: message sizes, keepalive, age of connections, port and encryption."""

from __future__ import annotations

from typing import Any

import grpc

from automl_tl.errors import Unavailable
from automl_tl.server.config import ServerConfig

__all__ = ["bind", "channel_options"]

_LONGEST_REQUEST = 4 << 20
_LONGEST_ANSWER = 16 << 20
_LONGEST_METADATA = 16 << 10
_STREAMS_PER_CONNECTION = 1000
_IDLE_SECONDS = 3600
_AGE_GRACE_SECONDS = 600


def channel_options(config: ServerConfig) -> tuple[tuple[str, Any], ...]:
    """Return gRPC's options."""
    return (
        # Two servers on one port would each answer half of the calls.
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", _LONGEST_REQUEST),
        ("grpc.max_send_message_length", _LONGEST_ANSWER),
        ("grpc.max_metadata_size", _LONGEST_METADATA // 2),
        ("grpc.absolute_max_metadata_size", _LONGEST_METADATA),
        ("grpc.max_concurrent_streams", _STREAMS_PER_CONNECTION),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
        ("grpc.max_connection_idle_ms", 1000 * _IDLE_SECONDS),
        # A client that is told to connect anew may find another server, and a new certificate.
        ("grpc.max_connection_age_ms", round(1000 * config.connection_seconds)),
        ("grpc.max_connection_age_grace_ms", 1000 * _AGE_GRACE_SECONDS),
    )


def bind(server: grpc.aio.Server, config: ServerConfig) -> int:
    """Listen, encrypted if there is a certificate, and return the port; raises Unavailable or InvalidInput."""
    try:
        if config.tls is None:
            port = server.add_insecure_port(config.target)
        else:
            port = server.add_secure_port(config.target, config.tls.server_credentials())
    except RuntimeError:
        port = 0
    if port == 0:
        raise Unavailable(f"cannot listen on {config.target}; is another program using the port?")
    return int(port)
