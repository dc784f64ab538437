"""``automl-tl download JOB``: everything that a job made."""

from __future__ import annotations

from pathlib import Path

import click

from automl_tl.cli.options import service_options
from automl_tl.cli.transfers import transfer_bar

__all__ = ["command"]


@click.command()
@click.argument("job")
@click.argument("names", nargs=-1)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where files go.")
@service_options
def command(job: str, names: tuple[str, ...], out: Path, address: str, project: str) -> None:
    """Download the artifacts of JOB, or only those called NAMES, and check their digests.

    Files that are there already are not sent again; half a file is continued.
    """
    from automl_tl.client import Client

    with Client(address, project=project) as client, transfer_bar("download") as on_progress:
        files = client.download(job, out, names=names, on_progress=on_progress)
    for path in files.values():
        click.echo(path)
