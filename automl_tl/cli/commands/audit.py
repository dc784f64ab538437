"""``automl-tl audit JOB``: how groups fare in a finished job's answers, by any column."""

from __future__ import annotations

import json
from pathlib import Path

import click

from automl_tl.cli.options import service_options

__all__ = ["command"]


@click.command()
@click.argument("job")
@click.option("--sensitive", multiple=True, required=True, metavar="COLUMN", help="A column that names groups.")
@click.option("--favourable", default="", help="The class that is good to get; default: the job's own.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Also write it as a page.")
@service_options
def command(
    job: str,
    sensitive: tuple[str, ...],
    favourable: str,
    seed: int,
    as_json: bool,
    html: Path | None,
    address: str,
    project: str,
) -> None:
    """Compare groups in the answers of JOB to its test part, also by columns that the job was not told of.

    Names may be given together, divided by commas.
    """
    from automl_tl.client import Client

    columns = [name.strip() for given in sensitive for name in given.split(",") if name.strip()]
    with Client(address, project=project) as client:
        report = client.audit(
            job,
            columns,
            favourable=favourable,
            seed=seed,
            on_progress=lambda message: click.echo(message, err=True),
        )
    if html is not None:
        html.write_text(_page(report), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(report))
        return
    for entry in (*report["attributes"], *report["intersections"]):
        click.echo(f"{entry['attribute']}: {entry['verdict'].replace('_', ' ')}. {entry['summary']}")
    for note in report["notes"]:
        click.echo(f"note: {note}")


def _page(report: dict[str, object]) -> str:
    from automl_tl.fairness.base import FairnessReport
    from automl_tl.json_codec import from_plain
    from automl_tl.report.bias_page import render_bias_page

    return render_bias_page(from_plain(FairnessReport, report))
