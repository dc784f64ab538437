"""What a cluster is told to run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from automl_tl.store.places import Places
from automl_tl.worker.__main__ import _parser
from automl_tl.worker.remote_command import RemoteCommand, belongs_to, submission_id
from automl_tl.worker.trial_shape import TrialShape

JOB = "projects/default/jobs/job-1"


def test_the_worker_understands_its_command():
    """Job, directory and places arrive as they are here, whatever characters the path has."""
    places = Places("postgresql+psycopg://automl@db/ledger", "s3://bucket/blobs", "s3://bucket/work")
    command = RemoteCommand(Path("/data/it's here"), places, TrialShape(gpus=0.5, at_once=8))(JOB)
    words = subprocess.run(
        ["sh", "-c", command.replace("exec python -m automl_tl.worker", "printf '%s\\n'")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    options = _parser().parse_args(words)
    assert (options.once, options.job, options.ray.address) == (True, JOB, "auto")
    assert (options.data_dir, options.database) == (Path("/data/it's here"), places.database)
    assert (options.blob_store, options.work_store) == (places.blob_store, places.work_store)
    assert TrialShape.of(options) == TrialShape(gpus=0.5, at_once=8)


def test_settings_arrive_with_it():
    """Under their names, whatever characters they have."""
    command = RemoteCommand(Path("/data"), Places(), environment={"AUTOML_TL_STREAM_ABOVE": "64 M'"})(JOB)
    shown = command.replace("exec python -m automl_tl.worker", "printenv AUTOML_TL_STREAM_ABOVE; echo")
    run = subprocess.run(["sh", "-c", shown], capture_output=True, text=True, check=True)
    assert run.stdout.startswith("64 M'\n")


def test_a_password_is_not_written_into_it():
    """The command fails with the variable's name on a node that does not have it."""
    command = RemoteCommand(Path("/data"), Places("postgresql+psycopg://automl:hush-hush@db/ledger"))(JOB)
    assert "hush" not in command
    assert "--database" not in command
    run = subprocess.run(["sh", "-c", command], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"})
    assert run.returncode != 0
    assert "AUTOML_TL_DATABASE" in run.stderr


def test_a_service_is_known_by_its_ledger_and_not_by_its_password():
    """So a new password does not make strangers of the jobs in flight."""
    first, second, other = (
        RemoteCommand(Path("/a"), Places(f"postgresql+psycopg://automl:{word}@{host}/ledger")).service
        for word, host in (("old-word", "db"), ("new-word", "db"), ("old-word", "elsewhere"))
    )
    assert first == second != other
    assert RemoteCommand(Path("/a"), Places()).service != RemoteCommand(Path("/b"), Places()).service


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((JOB, 0), "job-1"),
        ((JOB, 0, 2), "job-1_2"),
        ((JOB, 3), "job-1.3"),
        (("projects/other/jobs/job-1", 3, 2), "other.job-1.3_2"),
    ],
)
def test_a_submission_is_named_after_its_job(arguments, name):
    """And after what has happened to it, because Ray takes every name once."""
    assert submission_id(*arguments) == name


@pytest.mark.parametrize("job", [JOB, "projects/shop/jobs/job-1"])
def test_a_submission_tells_its_epoch(job):
    """Whichever attempt it was."""
    for made in (0, 1, 11):
        for attempt in (1, 2, 12):
            found = [epoch for epoch in range(13) if belongs_to(submission_id(job, made, attempt), job, epoch)]
            assert found == [made]
