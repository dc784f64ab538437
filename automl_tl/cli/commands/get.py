"""``automl-tl get JOB``: one job as it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from automl_tl.cli.consoles import standard_output
from automl_tl.cli.direction import higher_is_better
from automl_tl.cli.options import service_options
from automl_tl.cli.ranking_view import ranking_view
from automl_tl.cli.tables import trials_table
from automl_tl.cli.views import job_json, show_job

if TYPE_CHECKING:
    from automl_tl.client.types import Job

__all__ = ["command"]


@click.command()
@click.argument("job")
@click.option("--ranking", is_flag=True, help="Show the ranking too.")
@click.option("--trials", is_flag=True, help="Show the trials too.")
@click.option("--json", "as_json", is_flag=True, help="Print the job as one line of JSON.")
@service_options
def command(job: str, ranking: bool, trials: bool, as_json: bool, address: str, project: str) -> None:
    """Show JOB (a name or an id) as it is now."""
    from automl_tl.client import Client

    with Client(address, project=project) as client:
        now = client.get(job)
        if as_json:
            click.echo(job_json(now))
            return
        console = standard_output()
        show_job(console, now)
        if ranking:
            console.print(ranking_view(client.ranking(now), title="Ranking", width=console.width))
        if trials:
            metric = now.result.metric if now.result else "value"
            console.print(trials_table(client.trials(now), metric=metric, higher_is_better=_higher_wins(now)))


def _higher_wins(now: Job) -> bool:
    """Return whether larger values win: what the job ended with says so, before that what it was asked for."""
    if now.result is not None and now.result.direction:
        return now.result.direction != "minimize"
    return higher_is_better(now.spec.metric, now.spec.task)
