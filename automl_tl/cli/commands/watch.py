"""``automl-tl watch JOB``: follow a job."""

from __future__ import annotations

import json
import sys

import click

from automl_tl.cli.exits import INTERRUPTED, exit_of_state
from automl_tl.cli.options import service_options
from automl_tl.cli.remote_job import follow_to_end
from automl_tl.pipeline.events import encode_payload

__all__ = ["command"]


@click.command()
@click.argument("job")
@click.option("--json", "as_json", is_flag=True, help="Print each event as one line of JSON.")
@click.option("--after", type=click.IntRange(0), default=0, help="With --json: skip events up to this sequence.")
@service_options
def command(job: str, as_json: bool, after: int, address: str, project: str) -> None:
    """Follow JOB (a name or an id) until it is finished; a broken connection is taken up again.

    Ctrl-C stops the watching with exit code 130; the job goes on.
    """
    from automl_tl.client import Client

    with Client(address, project=project) as client:
        if not as_json:
            follow_to_end(client, client.get(job))
            return
        try:
            for event in client.watch(job, after_sequence=after):
                payload = encode_payload(event.payload)
                head = {"sequence": event.sequence, "time": event.time.isoformat(), "kind": event.kind}
                click.echo(json.dumps({**head, **payload}))
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
        finished = client.get(job)
        sys.exit(exit_of_state(finished.state, finished.error_reason))
