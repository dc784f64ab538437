"""What an operator can decide about a server."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from automl_tl.data.limits import Limits
from automl_tl.data.sources.object_store import store_place
from automl_tl.errors import DatasetError, InvalidInput
from automl_tl.server.rates import RateLimit
from automl_tl.server.tls import Tls
from automl_tl.store.places import Places
from automl_tl.store.quotas import Quota

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
    tls
        Certificate and key of the server; None speaks in the clear.
    insecure
        Whether to listen beyond this machine although connections are not encrypted or callers not told apart.
    require_tokens
        Whether every call needs a token; None means: where others can reach the server. Without, a call that sends
        a token is held to its project all the same.
    data_roots
        Directories below which RegisterDataset may name data; none means that only uploads are accepted.
    data_hosts
        Hosts from which RegisterDataset may fetch data by https.
    data_stores
        What RegisterDataset may fetch from object stores, such as ``s3://bucket`` or ``gs://bucket/folder``.
    limits
        Upper bounds on datasets; uploads are bounded by ``limits.max_bytes``.
    intake_memory_bytes, intake_cpu_seconds
        What the process that reads one dataset may use.
    quota
        What one project may use.
    rate
        How many calls one project, or one machine without a token, may make.
    max_watches
        How many streams of events may be open at once.
    reflection
        Whether tools such as grpcurl can ask for the services.
    threads
        Threads for ledger and files; calls beyond that wait their turn.
    watch_poll_seconds
        How often watchers look for events.
    heartbeat_seconds
        After how much silence a watcher is told that the stream is alive.
    drain_seconds
        How long a server that stops says NOT_SERVING and still answers, so that balancers send callers elsewhere.
    grace_seconds
        How long calls may take to end after that.
    connection_seconds
        Age after which a connection is closed, its calls allowed to end, so that clients spread over servers.
    metrics_port, status_port
        Where Prometheus reads /metrics and people see the status page, on the same host; None means nowhere.
    tracing
        Whether calls become spans of OpenTelemetry.
    """

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 50051
    insecure: bool = False
    places: Places = field(default_factory=Places)
    tls: Tls | None = None
    require_tokens: bool | None = None
    data_roots: tuple[Path, ...] = ()
    data_hosts: tuple[str, ...] = ()
    data_stores: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    intake_memory_bytes: int = 4 << 30
    intake_cpu_seconds: int = 1800
    quota: Quota = field(default_factory=Quota)
    rate: RateLimit = field(default_factory=RateLimit)
    max_watches: int = 2000
    reflection: bool = False
    threads: int = 8
    watch_poll_seconds: float = 0.2
    heartbeat_seconds: float = 10.0
    grace_seconds: float = 5.0
    drain_seconds: float = 0.0
    connection_seconds: float = 3600.0
    metrics_port: int | None = None
    status_port: int | None = None
    tracing: bool = False

    def __post_init__(self) -> None:
        if not self.on_loopback and not self.insecure:
            self._require_safety()
        for store in self.data_stores:
            _check_store(store)
        for name in ("port", "metrics_port", "status_port"):
            port = getattr(self, name)
            if port is not None and not 0 <= port <= 65_535:
                raise InvalidInput(f"{name} must be in [0, 65535] but got {port}", field=name)

    def _require_safety(self) -> None:
        if self.tls is None:
            raise InvalidInput(
                f"host must be one of {', '.join(_LOOPBACK)} but got {self.host!r}: this server has no TLS, "
                "so others could read and change everything; give it a certificate and a key, or set insecure to "
                "listen there all the same",
                field="host",
            )
        if not self.tokens_required and self.tls.client_ca is None:
            raise InvalidInput(
                f"require_tokens must not be off for {self.host!r}: others could read and change everything; let "
                "in clients with a certificate only (client_ca), or set insecure",
                field="require_tokens",
            )

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in _LOOPBACK

    @property
    def tokens_required(self) -> bool:
        """Whether every call needs a token."""
        if self.require_tokens is not None:
            return self.require_tokens
        return not self.on_loopback and not self.insecure

    @property
    def target(self) -> str:
        """``host:port`` as gRPC wants it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def _check_store(store: str) -> None:
    try:
        store_place(store)
    except DatasetError as error:
        raise InvalidInput(
            f"data_stores: {error.message.removeprefix('uri: ')}, but got {store!r}", field="data_stores"
        ) from None
