"""The main job through the real server over a real socket, with the real worker and a real local Ray."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from automl_tl.cli.demo_data import write_digits
from automl_tl.cli.service_process import running_service
from automl_tl.client import Client
from automl_tl.pipeline.events import JobChanged, JobEvent, TrialChanged
from automl_tl.pipeline.spec import BudgetSpec, JobSpec, ModelFilter

CANARY = "c4n4ry-" + "x" * 24

MODELS = ("starter:glyphs-convnext", "starter:textures-regnet", "timm:resnet18.a1_in1k")


@dataclass(frozen=True)
class Finished:
    """A job that ran through the service: its events in two watches, and its files."""

    client: Client
    job: object
    first: tuple[JobEvent, ...]
    rest: tuple[JobEvent, ...]
    files: dict[str, Path]
    data: Path
    service: Path


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Iterator[Finished]:
    """Run one image job; the first watch is left in the middle, a second one goes on after its last sequence."""
    folder = tmp_path_factory.mktemp("end-to-end")
    data, service = write_digits(folder / "digits"), folder / "service"
    with pytest.MonkeyPatch.context() as secrets:
        # What a service finds in its surroundings: credentials of a store, of the hub, and of a database.
        for name in ("AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "PGPASSWORD"):
            secrets.setenv(name, CANARY)
        yield from _run(folder, service, data)


def _run(folder: Path, service: Path, data: Path) -> Iterator[Finished]:
    with running_service(service, options=("--verbose",)) as address, Client(address) as client:
        dataset = client.upload(data, display_name="digits")
        job = client.create_job(
            JobSpec(
                dataset=dataset.name,
                sensitive=("scanner",),
                models=ModelFilter(names=MODELS),
                top_k=1,
                budget=BudgetSpec(trials=2, wall_seconds=240.0),
                explanations=2,
                include_examples=True,
            )
        )
        first = []
        for event in client.watch(job):
            first.append(event)
            if event.kind == "ranking":
                break
        rest = tuple(client.watch(job, after_sequence=first[-1].sequence))
        files = client.download(job, folder / "results")
        yield Finished(client, client.get(job), tuple(first), rest, files, data, service)


def test_it_succeeds_and_says_why_it_stopped(finished):
    """A finished job has a stop reason and a result with test figures."""
    assert finished.job.state == "SUCCEEDED", finished.job.error
    assert finished.job.stop_reason in ("BUDGET_TRIALS", "BUDGET_WALL_TIME", "COMPLETED")
    assert finished.job.result.model == "starter:glyphs-convnext"
    assert finished.job.result.final.metrics["accuracy"].value > 0.8


def test_a_watch_that_resumes_misses_nothing_and_repeats_nothing(finished):
    """The sequences of both watches together are 1, 2, ... without a gap, and the last event is the end."""
    events = [event for event in (*finished.first, *finished.rest) if event.kind != "heartbeat"]
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert isinstance(events[-1].payload, JobChanged)
    assert events[-1].payload.state == "SUCCEEDED"


def test_every_trial_is_pending_before_it_runs(finished):
    """A trial is a row before it is launched."""
    seen: dict[str, list[str]] = {}
    for event in (*finished.first, *finished.rest):
        if isinstance(event.payload, TrialChanged):
            seen.setdefault(event.payload.id, []).append(event.payload.state)
    assert len(seen) >= 2
    assert all(states[0] == "PENDING" for states in seen.values())
    assert all(states[-1] in ("SUCCEEDED", "PRUNED", "FAILED") for states in seen.values())


def test_a_model_that_cannot_be_loaded_is_listed_and_does_not_stop_the_job(finished):
    """Tests have no network, so the hub model fails with its reason."""
    rows = {row["model"]: row for row in json.loads(finished.files["ranking.json"].read_text())["models"]}
    assert rows["starter:glyphs-convnext"]["rank"] == 1
    assert rows["starter:textures-regnet"]["rank"] == 2
    assert rows["timm:resnet18.a1_in1k"]["rank"] == 0
    assert rows["timm:resnet18.a1_in1k"]["error"]


def test_the_bias_report_sees_the_degraded_scanner(finished):
    """Half of the images were degraded on purpose."""
    content = json.loads(finished.files["report.json"].read_text())
    (scanner,) = content["fairness"]["attributes"]
    accuracy = {row["group"]: row["rates"]["accuracy"]["value"] for row in scanner["groups"]}
    assert accuracy["A"] > accuracy["B"]
    assert scanner["gaps"]["accuracy"] == pytest.approx(accuracy["A"] - accuracy["B"])


def test_the_report_is_one_file_without_requests(finished):
    """No script, no link to anything that a browser would fetch."""
    page = finished.files["report.html"].read_text(encoding="utf-8")
    assert "<script" not in page
    assert 'src="http' not in page
    assert "Content-Security-Policy" in page
    assert "scanner" in page


def test_the_model_predicts_in_a_fresh_process(finished):
    """Without service, network or this process."""
    image = finished.data / "images"
    code = "import sys, automl_tl\nmodel = automl_tl.load(sys.argv[1])\nprint(*model.predict(sys.argv[2:]))\n"
    pictures = [str(path) for path in sorted(image.iterdir())[:3]]
    done = subprocess.run(
        [sys.executable, "-c", code, str(finished.files["model.zip"]), *pictures],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert len(done.stdout.split()) == 3
    assert set(done.stdout.split()) <= set("0123456789")


def test_no_secret_is_in_any_log_ledger_blob_or_report(finished):
    """The worker and its trials have seen everything that the service has seen."""
    files = [path for root in (finished.service, finished.files["report.json"].parent) for path in root.rglob("*")]
    contents = {path: path.read_bytes() for path in files if path.is_file()}
    assert {"service.log", "ledger.sqlite", "report.html"} <= {path.name for path in contents}
    assert [path for path, content in contents.items() if CANARY.encode() in content] == []
