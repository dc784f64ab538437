"""``automl-tl run DATA``: a whole job in this process, without a service."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from automl_tl.cli.consoles import standard_output
from automl_tl.cli.exits import exit_of_state
from automl_tl.cli.local_job import run_here
from automl_tl.cli.options import build_spec, job_options
from automl_tl.cli.outcome import json_of_refusal

__all__ = ["command"]


@click.command()
@click.argument("data", type=click.Path())
@job_options
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where results go.")
@click.option("--no-examples", is_flag=True, help="Keep raw images and texts out of the report.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def command(data: str, out: Path, no_examples: bool, as_json: bool, **options: Any) -> None:
    """Do a whole job here: rank the candidates, fine-tune the best, explain, audit, report.

    DATA is a directory (a folder per class, or a manifest beside its images), an archive, or a manifest file; or
    the address of one (s3://, gs://, abfs://, https://), which is copied first. The environment says who
    reads from there, such as AWS_PROFILE.
    Ctrl-C cancels the job; what its finished stages made is kept.
    """
    with json_of_refusal(as_json):
        spec = build_spec(include_examples=not no_examples, **options)
        outcome = run_here(data, spec, out=out)
    outcome.show(standard_output(stderr=as_json))
    if as_json:
        click.echo(outcome.to_json())
    sys.exit(exit_of_state(outcome.state, outcome.error_reason))
