"""``automl-tl explain JOB``: why a finished job's model says what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from automl_tl.cli.options import service_options
from automl_tl.json_codec import to_plain

if TYPE_CHECKING:
    from automl_tl.explain.plain import Contribution, PlainExplanation

__all__ = ["command"]

_STRONGEST = 10
_METHODS = ("shapley", "integrated_gradients", "grad_cam", "lime")


@click.command()
@click.argument("job")
@click.option("--row", "row_id", metavar="ID", help="Explain this row of the job's data set.")
@click.option("--text", help="Explain this text.")
@click.option(
    "--image", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Explain this picture."
)
@click.option("--method", type=click.Choice(_METHODS), default=_METHODS[0], show_default=True)
@click.option("--evaluations", type=click.IntRange(0), default=0, help="Most model evaluations; 0 for a default.")
@click.option("--seconds", type=click.FloatRange(0, 600, min_open=True), default=60.0, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print every answer, partial ones too, as one line of JSON.")
@service_options
def command(
    job: str,
    row_id: str | None,
    text: str | None,
    image: Path | None,
    method: str,
    evaluations: int,
    seconds: float,
    seed: int,
    as_json: bool,
    address: str,
    project: str,
) -> None:
    """Explain what the model of JOB says about one row of its data set, one text or one picture."""
    from automl_tl.client import Client

    if sum(value is not None for value in (row_id, text, image)) != 1:
        raise click.UsageError("give exactly one of --row, --text and --image")
    with Client(address, project=project) as client:
        answers = client.explain(
            job,
            row_id=row_id,
            text=text,
            image=image,
            method=method,
            max_evaluations=evaluations,
            seconds=seconds,
            seed=seed,
            on_progress=lambda message: click.echo(message, err=True),
        )
        for found in answers:
            if as_json:
                click.echo(json.dumps(to_plain(found)))
            elif found.final:
                _show(found)
            else:
                click.echo(f"{found.evaluations} evaluations, {_error_of(found)}", err=True)


def _show(found: PlainExplanation) -> None:
    sure = "" if found.probability is None else f" ({100 * found.probability:.0f} %)"
    truth = f", truth: {found.true_class}" if found.true_class else ""
    click.echo(f"{found.predicted_class}{sure}{truth}")
    if found.runner_up_class:
        click.echo(f"second choice: {found.runner_up_class}")
    if found.contributions:
        click.echo(f"\nstrongest parts for and against {found.output_names[0]!r}:")
    for entry in sorted(found.contributions, key=_size, reverse=True)[:_STRONGEST]:
        error = f" ± {entry.standard_errors[0]:.3f}" if entry.standard_errors else ""
        click.echo(f"  {entry.values[0]:+9.3f}{error}  {entry.part}")
    for note in found.notes:
        click.echo(f"note: {note}")
    if found.quality is not None:
        click.echo(f"\nquality: {found.quality.verdict}")
        for reason in found.quality.reasons:
            click.echo(f"  {reason}")
    click.echo(f"{found.evaluations} model evaluations, {found.method}, ended: {found.stopped}")


def _size(entry: Contribution) -> float:
    return abs(entry.values[0])


def _error_of(found: PlainExplanation) -> str:
    errors = [entry.standard_errors[0] for entry in found.contributions if entry.standard_errors]
    return f"standard error up to {max(errors):.3f}" if errors else "no standard errors yet"
