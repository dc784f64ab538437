"""Doubles for what the command line drives: the local job and the client of a service."""

import json
import sys
from datetime import UTC, datetime
from types import ModuleType, SimpleNamespace

import pytest
from click.testing import CliRunner

from automl_tl.cli.main import cli
from automl_tl.client import types
from automl_tl.errors import AutomlError
from automl_tl.explain.plain import Contribution, PlainExplanation, PlainQuality
from automl_tl.pipeline.events import JobChanged, JobEvent, RankingReady, TrialChanged
from automl_tl.pipeline.spec import JobSpec, JobState

NOW = datetime(2026, 1, 1, tzinfo=UTC)
JOB = "projects/default/jobs/job-1"

SUMMARY = {
    "model": "starter:glyphs-resnet",
    "strategy": "full",
    "metric": "accuracy",
    "direction": "maximize",
    "final": {
        "name": "final",
        "metrics": {
            "accuracy": {"value": 0.97, "low": 0.95, "high": 0.98},
            "log_loss": {"value": None, "low": None, "high": None},
        },
    },
    "baselines": [
        {
            "name": "from scratch",
            "metrics": {"accuracy": {"value": 0.9, "low": 0.85, "high": 0.93}},
            "difference": {"value": 0.07, "low": 0.03, "high": 0.11},
        }
    ],
}

RANKING = {
    "models": [
        {
            "model": "starter:a",
            "rank": 1,
            "score": 0.9,
            "low": 0.8,
            "high": 1.0,
            "scores": {"logme": 1.5, "knn": None},
        },
        {"model": "hf:b/[c]", "rank": 0, "score": None, "low": None, "high": None, "error": "no network"},
    ],
    "scorers": ["logme", "knn"],
}


@pytest.fixture
def invoke():
    """Run the command line in this process."""
    return lambda *arguments: CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture
def local_job(monkeypatch):
    """Replace the local run; set ``state``, ``error`` or ``raises`` to change how it ends."""
    files = {"report.html": "<html>", "report.json": "{}", "ranking.json": json.dumps(RANKING), "model.zip": "zip"}
    setting = SimpleNamespace(
        state=JobState.SUCCEEDED, error="", reason="", summary=SUMMARY, files=files, raises=None, calls=[]
    )

    def run_local(data, spec, *, out, on_event, cancelled, on_fetch=None, allow_local_models=True, command=""):
        setting.calls.append(SimpleNamespace(data=data, spec=spec, out=out, command=command))
        if setting.raises is not None:
            raise setting.raises
        trials = [("t0001", "probe"), ("t0002", "sampler"), ("t0003", "portfolio")]
        on_event(JobEvent(1, NOW, JobChanged(JOB, "RUNNING", "SEARCH")))
        for number, (name, origin) in enumerate(trials, 1):
            trial = TrialChanged(name, number, "starter:a", "full", "SUCCEEDED", 0.5, origin=origin)
            on_event(JobEvent(number + 1, NOW, trial))
        setting.was_cancelled = cancelled()
        kept = out / ".automl_tl" / "files"
        kept.mkdir(parents=True, exist_ok=True)
        for name, text in setting.files.items():
            (kept / name).write_text(text)
        return SimpleNamespace(
            job=JOB,
            state=setting.state,
            stop_reason="BUDGET_TRIALS",
            error=setting.error,
            error_reason=setting.reason,
            summary=setting.summary,
            files={name: kept / name for name in setting.files},
            seconds=12.3456,
        )

    module = ModuleType("automl_tl.worker.local")
    module.run_local = run_local
    monkeypatch.setitem(sys.modules, "automl_tl.worker.local", module)
    return setting


class FakeClient:
    """Answers like a service with one job, and remembers what it was asked."""

    state = JobState.SUCCEEDED
    error: AutomlError | None = None
    error_reason = ""

    def __init__(self, address, *, project="default"):
        self.calls = type(self).calls
        self.calls.append(("open", address, project))

    def __enter__(self):
        return self

    def __exit__(self, *details):
        pass

    def _note(self, *call):
        self.calls.append(call)
        if self.error is not None:
            raise self.error

    def _job(self, spec=None):
        return types.Job(
            name=JOB,
            spec=spec or JobSpec(dataset="d"),
            state=self.state,
            stop_reason="COMPLETED",
            trial_counts={"succeeded": 3, "failed": 0},
            create_time=NOW,
            error_reason=self.error_reason,
            result=types.JobResult(
                "starter:a", "full", metric="accuracy", final=types.Evaluation("final", "", {"accuracy": HALF})
            ),
        )

    def upload(self, path, *, modality="", display_name="", on_progress=None):
        self._note("upload", path, modality)
        on_progress(1, 1)
        return types.Dataset(name="projects/default/datasets/" + "ab" * 32)

    def create_job(self, spec, *, validate_only=False):
        self._note("create_job", spec, validate_only)
        return self._job(spec)

    def get(self, job):
        self._note("get", job)
        return self._job()

    def list(self, *, states=()):
        self._note("list", tuple(states))
        return iter([self._job()])

    def cancel(self, job, *, reason=""):
        self._note("cancel", job, reason)
        return self._job()

    def watch(self, job, *, after_sequence=0):
        self._note("watch", job, after_sequence)
        return iter(
            [JobEvent(1, NOW, RankingReady(3, "starter:a")), JobEvent(2, NOW, JobChanged(JOB, self.state))]
        )

    def explain(self, job, *, on_progress, **question):
        self._note("explain", job, question)
        on_progress("waiting for a worker")
        part = Contribution("good", (1.25, -1.0), (0.5, 0.5))
        quality = PlainQuality("weak", ("another seed would change the order",))
        values = ("", "text", "", "praise", "complaint", 0.75, ("praise", "complaint"), (0.0, 0.0), (1.25, -1.0))
        yield PlainExplanation(*values, (part,), evaluations=50, final=False)
        yield PlainExplanation(
            *values,
            (part,),
            evaluations=100,
            method="exact",
            stopped="complete",
            notes=("a note",),
            quality=quality,
        )

    def wait(self, job, *, on_event=None):
        self._note("wait", job)
        for event in self.watch(job):
            on_event(event)
        return self._job()

    def ranking(self, job):
        return (types.RankedModel("starter:a", 1, 0.5, 0.4, 0.6, {"logme": 1.0}),)

    def trials(self, job):
        return (types.Trial(f"{JOB}/trials/t0001", 1, "SUCCEEDED", "starter:a", "full", value=0.75),)

    def download(self, job, directory, *, names=(), on_progress=None):
        self._note("download", job, directory, tuple(names))
        return {"report.html": directory / "report.html"}

    def models(self, *, modality="", source=""):
        self._note("models", modality, source)
        return iter([types.CatalogModel("starter:a", "image", 240_000, "Apache-2.0", domain="glyphs")])


HALF = types.Interval(0.5, 0.4, 0.6)


@pytest.fixture
def service(monkeypatch):
    """Replace the client; its class attributes ``state`` and ``error`` decide how the service behaves."""
    double = type("Double", (FakeClient,), {"calls": []})
    monkeypatch.setattr("automl_tl.client.Client", double)
    return double
