"""Options of ``serve``: safety, limits and what operators look at."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from automl_tl.cli.durations import parse_amount, parse_duration
from automl_tl.cli.options import Parsed
from automl_tl.cli.quantities import parse_megabytes
from automl_tl.errors import InvalidInput, SpecError

if TYPE_CHECKING:
    from automl_tl.server.config import ServerConfig
    from automl_tl.store.places import Places

__all__ = ["build_config", "parse_quota", "server_options"]

Command = TypeVar("Command", bound=Callable[..., Any])

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_PORT = click.IntRange(0, 65_535)


def parse_quota(text: str) -> dict[str, float | int]:
    """Return the fields of a Quota that a text like ``jobs=10,bytes=50GB,gpu=24h`` names; raises SpecError."""
    quota: dict[str, float | int] = {}
    for part in (piece.strip() for piece in text.split(",")):
        name, _, value = part.partition("=")
        if name in ("jobs", "trials") and re.fullmatch(r"[0-9]{1,9}", value):
            quota[name] = int(value)
        elif name == "bytes" and value:
            quota["stored_bytes"] = round(parse_megabytes(value) * 1e6)
        elif name in ("wall", "gpu") and value:
            quota[f"{name}_seconds"] = parse_duration(value, field=f"quota.{name}")
        elif name == "money" and value:
            quota["money"] = parse_amount(value, field="quota.money")
        else:
            raise SpecError(
                "quota knows jobs=N, bytes=SIZE, trials=N, wall=DURATION, gpu=DURATION and money=AMOUNT, "
                f"not {part!r}",
                field="quota",
            )
    return quota


_OPTIONS = (
    click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen."),
    click.option("--port", type=_PORT, default=50051, show_default=True, help="0 takes a free one."),
    click.option("--tls-certificate", type=_FILE, help="The server's certificate with its chain (PEM)."),
    click.option("--tls-key", type=_FILE, help="Its private key (PEM)."),
    click.option(
        "--tls-client-ca", type=_FILE, help="Let in only clients with a certificate of this authority (PEM)."
    ),
    click.option(
        "--tokens/--no-tokens",
        "require_tokens",
        default=None,
        help="Whether every call needs a token (`automl-tl token`).  [default: where others reach the service]",
    ),
    click.option(
        "--insecure", is_flag=True, help="Listen beyond this machine, without encryption or without accounts."
    ),
    click.option(
        "--data-root",
        "data_roots",
        multiple=True,
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Allow RegisterDataset below this directory; may stand several times.",
    ),
    click.option(
        "--data-host",
        "data_hosts",
        multiple=True,
        metavar="HOST",
        help="Allow RegisterDataset to fetch from https://HOST/...; may stand several times.",
    ),
    click.option(
        "--data-store",
        "data_stores",
        multiple=True,
        metavar="s3://BUCKET/FOLDER",
        help="Allow RegisterDataset to fetch from an object store (s3, gs, abfs); may stand several times.",
    ),
    click.option(
        "--quota",
        type=Parsed("jobs=10,bytes=50GB", parse_quota),
        default={},
        metavar="jobs=10,bytes=50GB,trials=200,wall=24h,gpu=8h,money=100",
        help="What one project may have at once.  [default: no limits]",
    ),
    click.option(
        "--rate",
        type=click.FloatRange(0),
        default=0.0,
        metavar="CALLS",
        help="Calls a second of one project, or one machine.  [default: no limit]",
    ),
    click.option("--metrics-port", type=_PORT, help="Serve /metrics for Prometheus here.  [default: nowhere]"),
    click.option("--status-port", type=_PORT, help="Serve the status page here.  [default: nowhere]"),
    click.option("--tracing", is_flag=True, help="Send spans by OpenTelemetry, as its own variables say."),
    click.option(
        "--drain",
        type=Parsed("10s", parse_duration),
        default=0.0,
        metavar="10s",
        help="When stopping, say so and answer for so long, so that balancers send callers elsewhere.",
    ),
    click.option("--reflection", is_flag=True, help="Let tools such as grpcurl ask for the services."),
)


def server_options(command: Command) -> Command:
    """Add what :func:`build_config` takes, but data directory and places."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def build_config(data_dir: Path, places: Places, **options: Any) -> ServerConfig:
    """Return the configuration that the options of :func:`server_options` describe; raises InvalidInput."""
    from automl_tl.server.config import ServerConfig
    from automl_tl.server.rates import RateLimit
    from automl_tl.server.tls import Tls
    from automl_tl.store.quotas import Quota

    certificate, key = options.pop("tls_certificate"), options.pop("tls_key")
    client_ca, rate = options.pop("tls_client_ca"), options.pop("rate")
    if (certificate is None) != (key is None) or (client_ca is not None and certificate is None):
        raise InvalidInput("--tls-certificate and --tls-key go together, --tls-client-ca needs both", field="tls")
    return ServerConfig(
        data_dir=data_dir.absolute(),
        places=places,
        tls=None if certificate is None else Tls(certificate.absolute(), key.absolute(), _absolute(client_ca)),
        data_roots=tuple(root.absolute() for root in options.pop("data_roots")),
        data_hosts=tuple(host.lower() for host in options.pop("data_hosts")),
        quota=Quota(**options.pop("quota")),
        rate=RateLimit(rate, burst=max(20, round(2 * rate))),
        drain_seconds=options.pop("drain"),
        **options,
    )


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else path.absolute()
