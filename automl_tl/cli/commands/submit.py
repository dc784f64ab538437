"""``automl-tl submit DATA``: upload and create a job on a service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from automl_tl.cli.options import build_spec, job_options, service_options
from automl_tl.cli.remote_job import follow_to_end
from automl_tl.cli.transfers import transfer_bar

__all__ = ["command"]


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@job_options
@click.option("--include-examples", is_flag=True, help="Allow raw images and texts in the report.")
@click.option("--modality", default="", help="image, text ...  [default: recognised]")
@click.option("--validate-only", is_flag=True, help="Check everything, create no job.")
@click.option("--watch", "watching", is_flag=True, help="Follow the job until it is finished.")
@service_options
def command(
    data: Path,
    include_examples: bool,
    modality: str,
    validate_only: bool,
    watching: bool,
    address: str,
    project: str,
    **options: Any,
) -> None:
    """Upload DATA to a service and create a job; prints the job's name.

    With --watch, Ctrl-C stops the watching with exit code 130; the job goes on until it is finished or cancelled.
    """
    from automl_tl.client import Client

    spec = build_spec(include_examples=include_examples, **options)
    with Client(address, project=project) as client:
        with transfer_bar("upload") as on_progress:
            dataset = client.upload(data, modality=modality, on_progress=on_progress)
        job = client.create_job(spec.model_copy(update={"dataset": dataset.name}), validate_only=validate_only)
        click.echo("the job is valid" if validate_only else job.name)
        if watching and not validate_only:
            follow_to_end(client, job)
