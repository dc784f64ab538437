"""``automl-tl rank DATA``: which pretrained model fits, nothing more."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from automl_tl.cli.consoles import standard_output
from automl_tl.cli.exits import exit_of_state
from automl_tl.cli.local_job import run_here
from automl_tl.cli.options import build_spec, ranking_options
from automl_tl.cli.outcome import json_of_refusal
from automl_tl.cli.ranking_file import read_ranking
from automl_tl.cli.ranking_view import ranking_view
from automl_tl.pipeline.spec import Stage

__all__ = ["command"]


@click.command()
@click.argument("data", type=click.Path())
@ranking_options
@click.option("--json", "as_json", is_flag=True, help="Print the ranking as JSON instead of a table.")
def command(data: str, as_json: bool, **options: Any) -> None:
    """Rank the candidate models for DATA by their transfer scores and print the ranking.

    DATA is what `run` takes. Nothing is fine-tuned and nothing is kept. With --json, a job that fails prints the
    object of `run --json`.
    """
    with tempfile.TemporaryDirectory(prefix="automl-tl-rank-") as folder:
        with json_of_refusal(as_json):
            spec = build_spec(stop_after=Stage.RANK.value, **options)
            outcome = run_here(data, spec, out=Path(folder))
        if "ranking" not in outcome.paths:
            outcome.show(standard_output(stderr=True))
            if as_json:
                click.echo(outcome.to_json())
            sys.exit(exit_of_state(outcome.state, outcome.error_reason))
        path = Path(outcome.paths["ranking"])
        if as_json:
            click.echo(json.dumps(json.loads(path.read_text(encoding="utf-8"))))
        else:
            console = standard_output()
            ranking = read_ranking(path)
            console.print(ranking_view(ranking.models, baselines=ranking.baselines, width=console.width))
    sys.exit(exit_of_state(outcome.state, outcome.error_reason))
