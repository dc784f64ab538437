"""One job of a service for people and for programs."""

from __future__ import annotations

import dataclasses
import json

from rich.console import Console

from automl_tl.cli.consoles import is_wide
from automl_tl.cli.durations import format_duration
from automl_tl.cli.tables import result_table
from automl_tl.client.types import Job
from automl_tl.json_codec import to_plain

__all__ = ["job_json", "show_job"]


def job_json(job: Job) -> str:
    """Return a job as one line of JSON; times in ISO 8601, figures that do not exist as null."""
    values = {item.name: getattr(job, item.name) for item in dataclasses.fields(job)}
    return json.dumps(to_plain({**values, "spec": job.spec.model_dump(mode="json")}), allow_nan=False)


def show_job(console: Console, job: Job, *, result: bool = True) -> None:
    """Print a job's state, what it does or why it stopped, and its ``result`` next to the baselines."""
    console.print(f"{job.name}  {job.state.value}", markup=False, highlight=False, soft_wrap=True, style="bold")
    for line in _lines(job):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if result and job.result is not None and job.result.final is not None:
        console.print(result_table(job.result, wide=is_wide(console)))


def _lines(job: Job) -> list[str]:
    lines = []
    if job.stage and not job.state.final:
        lines.append(f"{job.stage.lower()} {job.progress:.0%} {job.message}".rstrip())
    if job.error:
        lines.append(f"failed: {job.error}")
    if job.cancel_reason:
        lines.append(f"cancelled: {job.cancel_reason}")
    if job.stop_reason:
        lines.append(f"stopped: {job.stop_reason.lower().replace('_', ' ')}")
    if job.start_time and job.end_time:
        lines.append(f"took {format_duration((job.end_time - job.start_time).total_seconds())}")
    counts = ", ".join(f"{number} {state}" for state, number in job.trial_counts.items() if number)
    return [*lines, f"trials: {counts}"] if counts else lines
