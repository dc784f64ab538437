"""Follow a job of a service to its end: what ``submit --watch`` and ``watch`` share."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from automl_tl.cli.consoles import standard_output
from automl_tl.cli.display import JobDisplay
from automl_tl.cli.exits import INTERRUPTED, exit_of_state
from automl_tl.cli.views import show_job

if TYPE_CHECKING:
    from automl_tl.client import Client, Job

__all__ = ["follow_to_end"]


def follow_to_end(client: Client, job: Job) -> None:
    """Show a job's events on standard error, then its result on standard output; leaves with its exit code."""
    try:
        with JobDisplay.of(job.spec) as display:
            finished = client.wait(job, on_event=display)
    except KeyboardInterrupt:
        short = job.name.rpartition("/")[2]
        click.echo(f"\nthe job goes on; automl-tl watch {short}, or automl-tl cancel {short}", err=True)
        sys.exit(INTERRUPTED)
    show_job(standard_output(), finished)
    sys.exit(exit_of_state(finished.state, finished.error_reason))
