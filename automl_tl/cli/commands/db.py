"""``automl-tl db``: look after a service's ledger."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from automl_tl.cli.options import data_dir_option, places_options
from automl_tl.errors import NotFound

if TYPE_CHECKING:
    from automl_tl.store.layout import DataDirectory

__all__ = ["command"]


@click.group()
def command() -> None:
    """Upgrade or check the ledger of a service."""


@command.command()
@data_dir_option
@places_options
def upgrade(data_dir: Path, database: str, blob_store: str) -> None:
    """Bring the ledger's tables to the revision that this program needs.

    Stop the service's servers and workers first, and make a backup. All or nothing is changed.
    """
    from automl_tl.store.layout import DataDirectory
    from automl_tl.store.upgrade import upgrade as upgrade_ledger

    done = upgrade_ledger(database or _existing(DataDirectory(data_dir)))
    if done.before == done.after:
        click.echo(f"nothing to do: the tables are of revision {done.after}")
    else:
        click.echo(f"upgraded from revision {done.before or 'none'} to {done.after}")


@command.command()
@data_dir_option
@places_options
@click.option("--read-blobs", is_flag=True, help="Read every blob and compare its digest.")
def check(data_dir: Path, database: str, blob_store: str, read_blobs: bool) -> None:
    """Check the ledger against its rules, and that every blob is there; exit code 1 if anything is wrong.

    Nothing is changed, and the service may go on meanwhile.
    """
    from automl_tl.store.audit import audit
    from automl_tl.store.layout import DataDirectory
    from automl_tl.store.places import Places

    directory = DataDirectory(data_dir)
    places = Places(database or _existing(directory), blob_store)
    ledger = places.open_ledger(directory)
    try:
        found = audit(ledger, places.open_blobs(directory), read_blobs=read_blobs)
    finally:
        ledger.close()
    for finding in found.findings:
        click.echo(finding, err=True)
    click.echo(f"{found.jobs} jobs, {found.events} events, {found.blobs} blobs: {len(found.findings)} findings")
    sys.exit(1 if found.findings else 0)


def _existing(directory: DataDirectory) -> str:
    """Return the URL of the ledger in a data directory; one that is not there is not made by looking at it."""
    if not directory.ledger.is_file():
        raise NotFound(f"there is no ledger in {directory.root}; name another --data-dir, or a --database")
    return directory.ledger_url
