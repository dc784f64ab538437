"""One job, as JSON and as lines."""

import io
import json
from datetime import UTC, datetime

from rich.console import Console

from automl_tl.cli.views import job_json, show_job
from automl_tl.client.types import Evaluation, Interval, Job, JobResult
from automl_tl.pipeline.spec import JobSpec, JobState

START = datetime(2026, 1, 1, tzinfo=UTC)


def job(**changes):
    values = {"name": "projects/p/jobs/job-1", "spec": JobSpec(dataset="d"), "state": JobState.RUNNING}
    return Job(**{**values, **changes})


def shown(one):
    console = Console(file=io.StringIO(), width=150, color_system=None)
    show_job(console, one)
    return console.file.getvalue()


def test_json_is_strict_and_whole():
    figures = {"accuracy": Interval(0.5, float("nan"), 0.6)}
    one = job(start_time=START, result=JobResult("starter:a", final=Evaluation("final", metrics=figures)))
    values = json.loads(job_json(one), parse_constant=lambda name: 1 / 0)
    assert values["state"] == "RUNNING"
    assert values["spec"]["budget"]["trials"] == 12
    assert values["start_time"] == "2026-01-01T00:00:00+00:00"
    assert values["result"]["final"]["metrics"]["accuracy"] == {"value": 0.5, "low": None, "high": 0.6}


def test_a_running_job_says_what_it_does():
    assert "search 50% trial 3" in shown(job(stage="SEARCH", progress=0.5, message="trial 3"))


def test_a_failed_job_says_why():
    text = shown(
        job(state=JobState.FAILED, stage="PROBE", error="no [model] could be probed", stop_reason="FAILED")
    )
    assert "failed: no [model] could be probed" in text


def test_a_cancelled_job_says_who_and_how_long():
    text = shown(
        job(
            state=JobState.CANCELLED,
            cancel_reason="enough",
            start_time=START,
            end_time=START.replace(minute=2),
            trial_counts={"succeeded": 3, "failed": 0},
        )
    )
    assert "cancelled: enough" in text
    assert "took 2m 00s" in text
    assert "trials: 3 succeeded" in text
