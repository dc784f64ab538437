"""``automl-tl list``: the jobs of a service."""

from __future__ import annotations

from itertools import islice

import click

from automl_tl.cli.consoles import standard_output
from automl_tl.cli.options import service_options
from automl_tl.cli.tables import jobs_table
from automl_tl.cli.views import job_json
from automl_tl.pipeline.spec import JobState

__all__ = ["command"]


@click.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in JobState], case_sensitive=False),
    help="Only jobs in this state; may stand several times.",
)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most this many.")
@click.option("--json", "as_json", is_flag=True, help="Print each job as one line of JSON.")
@service_options
def command(states: tuple[str, ...], limit: int, as_json: bool, address: str, project: str) -> None:
    """List the jobs of a service, newest first."""
    from automl_tl.client import Client

    with Client(address, project=project) as client:
        jobs = list(islice(client.list(states=[JobState(state.upper()) for state in states]), limit))
    if as_json:
        for job in jobs:
            click.echo(job_json(job))
    else:
        standard_output().print(jobs_table(jobs))
