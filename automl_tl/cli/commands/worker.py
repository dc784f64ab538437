"""``automl-tl worker``: one worker process on a service's data directory."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from automl_tl.cli.options import data_dir_option, places_options, ray_option, work_store_option
from automl_tl.cli.trial_options import trial_options, trial_words

__all__ = ["command"]


@click.command()
@data_dir_option
@places_options
@work_store_option
@click.option("--once", is_flag=True, help="End after the first job.")
@click.option("--job", default="", help="Take only this job (resource name).")
@ray_option
@click.option(
    "--at-once", type=click.IntRange(1), default=4, show_default=True, help="Jobs in flight behind a Jobs API."
)
@trial_options
def command(
    data_dir: Path,
    database: str,
    blob_store: str,
    work_store: str,
    once: bool,
    job: str,
    ray: str,
    at_once: int,
    **trial: Any,
) -> None:
    """Take jobs of the service on this data directory and run them, until Ctrl-C.

    `automl-tl serve` starts workers by itself; this is for more of them, or for a service with --workers 0.
    """
    from automl_tl.worker.__main__ import main

    arguments = ["--data-dir", str(data_dir), "--job", job, "--ray", ray, "--at-once", str(at_once)]
    arguments += trial_words(**trial)
    arguments += ["--database", database, "--blob-store", blob_store, "--work-store", work_store]
    sys.exit(main([*arguments, "--once"] if once else arguments))
