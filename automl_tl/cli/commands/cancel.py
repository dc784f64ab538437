"""``automl-tl cancel JOB``: ask a job to stop."""

from __future__ import annotations

import click

from automl_tl.cli.options import service_options

__all__ = ["command"]


@click.command()
@click.argument("job")
@click.option("--reason", default="", help="Why, for the record.")
@service_options
def command(job: str, reason: str, address: str, project: str) -> None:
    """Ask JOB (a name or an id) to stop; what its finished stages made is kept."""
    from automl_tl.client import Client

    with Client(address, project=project) as client:
        now = client.cancel(job, reason=reason)
    click.echo(f"{now.name} is {now.state.lower()}")
