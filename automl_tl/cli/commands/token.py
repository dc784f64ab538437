"""``automl-tl token``: who may use a service that wants tokens."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from automl_tl.cli.durations import parse_duration
from automl_tl.cli.options import Parsed, data_dir_option, places_options

if TYPE_CHECKING:
    from automl_tl.store.tokens import TokenRecord, Tokens

__all__ = ["command"]


@click.group()
def command() -> None:
    """Create, list or revoke the tokens of a service; done where its ledger is, by whoever operates it."""


@command.command()
@click.option("--project", required=True, help="The only project that the token opens.")
@click.option("--label", default="", help="Whose it is, for people.")
@click.option(
    "--expires",
    type=Parsed("90d", parse_duration),
    default=0.0,
    metavar="90d",
    help="After which it is good for nothing.  [default: never]",
)
@data_dir_option
@places_options
def create(project: str, label: str, expires: float, data_dir: Path, database: str, blob_store: str) -> None:
    """Print a new token for one project; nothing tells it again, so keep it safe."""
    with _tokens(data_dir, database) as tokens:
        text, record = tokens.create(project, label=label, lifetime_seconds=expires)
    click.echo(text)
    click.echo(f"token {record.id} opens project {record.project}{_until(record)}", err=True)


@command.command("list")
@click.option("--project", default="", help="Only those of this project.")
@click.option("--json", "as_json", is_flag=True, help="Print each token as one line of JSON.")
@data_dir_option
@places_options
def list_tokens(project: str, as_json: bool, data_dir: Path, database: str, blob_store: str) -> None:
    """List tokens by their ids, revoked and expired ones too; the tokens themselves are stored nowhere."""
    with _tokens(data_dir, database) as tokens:
        for record in tokens.list(project):
            if as_json:
                click.echo(json.dumps(dataclasses.asdict(record) | {"state": _state(record)}, default=str))
            else:
                click.echo(f"{record.id}  {_state(record):8}{record.project}  {record.label}{_until(record)}")


@command.command()
@click.argument("token")
@data_dir_option
@places_options
def revoke(token: str, data_dir: Path, database: str, blob_store: str) -> None:
    """Make TOKEN, an id of `automl-tl token list`, good for nothing; servers notice within seconds."""
    with _tokens(data_dir, database) as tokens:
        record = tokens.revoke(token)
    click.echo(f"token {record.id} of project {record.project} is revoked")


@contextmanager
def _tokens(data_dir: Path, database: str) -> Iterator[Tokens]:
    from automl_tl.store.layout import DataDirectory
    from automl_tl.store.places import Places

    ledger = Places(database).open_ledger(DataDirectory(data_dir).create())
    try:
        yield ledger.tokens
    finally:
        ledger.close()


def _state(record: TokenRecord) -> str:
    if record.revoke_time is not None:
        return "revoked"
    expired = record.expire_time is not None and record.expire_time <= datetime.now(UTC)
    return "expired" if expired else "good"


def _until(record: TokenRecord) -> str:
    return f" until {record.expire_time:%Y-%m-%d %H:%M} UTC" if record.expire_time else ""
