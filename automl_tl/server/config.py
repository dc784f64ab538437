"""What an operator can decide about a server."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from automl_tl.data.limits import Limits
from automl_tl.errors import InvalidInput
from automl_tl.store.places import Places

__all__ = ["ServerConfig"]

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class ServerConfig:
    """Settings of one server.

    Attributes
    ----------
    data_dir
        Directory with ledger, blobs and everything else; made where it is missing. One server at a time uses it.
    places
        Where ledger and blobs are instead; several servers and workers may share those.
    host, port
        Where to listen; port 0 takes a free one. A host that others can reach needs ``insecure``.
    insecure
        Whether to listen beyond this machine although the connection is neither encrypted nor authenticated.
    data_roots
        Directories below which RegisterDataset may name data; none means that only uploads are accepted.
    limits
        Upper bounds on datasets; uploads are bounded by ``limits.max_bytes``.
    reflection
        Whether tools such as grpcurl can ask for the services.
    threads
        Threads for ledger and files; calls beyond that wait their turn.
    watch_poll_seconds
        How often watchers look for events.
    heartbeat_seconds
        After how much silence a watcher is told that the stream is alive.
    grace_seconds
        How long calls may take to end when the server stops.
    """

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 50051
    insecure: bool = False
    places: Places = field(default_factory=Places)
    data_roots: tuple[Path, ...] = ()
    limits: Limits = field(default_factory=Limits)
    reflection: bool = False
    threads: int = 8
    watch_poll_seconds: float = 0.2
    heartbeat_seconds: float = 10.0
    grace_seconds: float = 5.0

    def __post_init__(self) -> None:
        if self.host not in _LOOPBACK and not self.insecure:
            raise InvalidInput(
                f"host must be one of {', '.join(_LOOPBACK)} but got {self.host!r}: this server has no TLS, "
                "so others could read and change everything; set insecure to listen there all the same",
                field="host",
            )
        if not 0 <= self.port <= 65_535:
            raise InvalidInput(f"port must be in [0, 65535] but got {self.port}", field="port")

    @property
    def target(self) -> str:
        """``host:port`` as gRPC wants it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"
