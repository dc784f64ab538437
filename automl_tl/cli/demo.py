"""The demo: ``python -m automl_tl.cli.demo``, what ``make demo`` runs.

Starts the real service on a free port, does an image job and a text job through the client, shows what came out
and where the reports lie, and ends every process that it started.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.rule import Rule

from automl_tl.cli.bias_table import bias_tables
from automl_tl.cli.consoles import is_wide, standard_output
from automl_tl.cli.demo_data import DIGITS_NOTES, DOCSTRINGS_NOTES, write_digits, write_docstrings
from automl_tl.cli.display import JobDisplay
from automl_tl.cli.durations import format_duration
from automl_tl.cli.exits import exit_of_state, worded_errors
from automl_tl.cli.ranking_view import ranking_view
from automl_tl.cli.service_process import running_service
from automl_tl.cli.tables import result_table, trials_table
from automl_tl.cli.views import show_job
from automl_tl.client import Client, Job
from automl_tl.pipeline.spec import BudgetSpec, JobSpec

__all__ = ["main"]


@dataclass(frozen=True)
class _Part:
    """One job of the demo; the spec's data set is filled in after the upload."""

    name: str
    title: str
    data: Path
    spec: JobSpec


def _parts(folder: Path) -> tuple[_Part, ...]:
    digits = write_digits(folder / "digits")
    texts = write_docstrings(folder / "docstrings.csv")
    return (
        _Part(
            "digits",
            "Image job: 200 labelled handwritten digits, two scanners",
            digits,
            JobSpec(
                dataset="",
                sensitive=("scanner",),
                top_k=3,
                budget=BudgetSpec(trials=10, wall_seconds=150.0),
                include_examples=True,
                notes=DIGITS_NOTES,
            ),
        ),
        _Part(
            "docstrings",
            "Text job: which package of the standard library does a docstring come from?",
            texts,
            JobSpec(
                dataset="",
                sensitive=("length",),
                top_k=2,
                budget=BudgetSpec(trials=4, wall_seconds=90.0),
                explanations=4,
                include_examples=True,
                notes=DOCSTRINGS_NOTES,
            ),
        ),
    )


def _do(client: Client, part: _Part, out: Path, console: Console) -> Job:
    """Upload, run, download and show one part."""
    console.print(Rule(part.title, align="left", style="bold"))
    dataset = client.upload(part.data, display_name=part.name)
    console.print(
        f"uploaded {dataset.row_count} rows as {dataset.modality} data; {part.spec.notes}", highlight=False
    )
    job = client.create_job(part.spec.model_copy(update={"dataset": dataset.name}))
    with JobDisplay.of(part.spec) as display:
        job = client.wait(job, on_event=display)
    files = client.download(job, out / part.name)
    show_job(console, job, result=False)
    console.print(ranking_view(client.ranking(job), title="\nRanking of the candidates", width=console.width))
    if job.result is not None:
        higher = job.result.direction != "minimize"
        trials = client.trials(job)
        table = trials_table(
            trials, metric=job.result.metric, higher_is_better=higher, title="\nLeaderboard of trials"
        )
        console.print(table)
        console.print(result_table(job.result, title="\nTest part, measured once", wide=is_wide(console)))
    if "bias_report.json" in files:
        for view in bias_tables(files["bias_report.json"]):
            console.print()
            console.print(view)
    console.print()
    return job


@click.command()
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("demo-output"), show_default=True
)
def main(out: Path) -> None:
    """Do an image job and a text job through the real service and show what comes out."""
    console, started = standard_output(), time.monotonic()
    # Only what an earlier demo wrote: the directory may hold something else as well.
    for name in ("data", "digits", "docstrings"):
        shutil.rmtree(out / name, ignore_errors=True)
    with worded_errors(), tempfile.TemporaryDirectory(prefix="automl-tl-demo-") as folder:
        parts = _parts(Path(folder))
        with running_service(out / "data") as address, Client(address) as client:
            console.print(f"the service listens on {address}, its log is {out / 'data' / 'service.log'}")
            jobs = {part.name: _do(client, part, out, console) for part in parts}
    console.print(Rule("Reports", align="left", style="bold"))
    for name, job in jobs.items():
        report = out / name / "report.html"
        place = str(report) if report.exists() else f"no report: {job.error or job.state.value}"
        console.print(f"{name:<12} {place}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"done in {format_duration(time.monotonic() - started)}")
    sys.exit(max(exit_of_state(job.state) for job in jobs.values()))


if __name__ == "__main__":
    main()
