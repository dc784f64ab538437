"""``get`` shows one job, with ranking and trials on request."""

import json
from dataclasses import replace

import pytest

from automl_tl import errors
from automl_tl.client import types
from automl_tl.pipeline.spec import JobSpec


def test_a_job_is_shown(invoke, service):
    answer = invoke("get", "job-1", "--ranking", "--trials")
    assert answer.exit_code == 0
    for part in ("SUCCEEDED", "starter:a", "t0001", "logme", "0.7500"):
        assert part in answer.stdout


@pytest.mark.parametrize(
    ("spec", "best"),
    [
        ({"task": "regression"}, "t0002"),
        ({"metric": {"name": "log_loss"}}, "t0002"),
        ({"metric": {"name": "r2"}, "task": "regression"}, "t0001"),
        ({}, "t0001"),
    ],
)
def test_the_best_trial_of_a_job_without_a_result_is_listed_first(invoke, service, monkeypatch, spec, best):
    """What the job was asked for says whether large or small values win."""
    job = replace(service("").get("job-1"), spec=JobSpec(dataset="d", **spec), result=None)
    trials = [
        types.Trial(f"{job.name}/trials/t000{number}", number, "SUCCEEDED", "starter:a", "full", value=value)
        for number, value in ((1, 0.5), (2, 0.2))
    ]
    monkeypatch.setattr(service, "get", lambda self, name: job)
    monkeypatch.setattr(service, "trials", lambda self, name: trials)
    shown = invoke("get", "job-1", "--trials").stdout
    assert min(("t0001", "t0002"), key=shown.index) == best


def test_json_is_one_line(invoke, service):
    assert json.loads(invoke("get", "job-1", "--json").stdout)["state"] == "SUCCEEDED"


def test_no_such_job_is_exit_code_2(invoke, service):
    service.error = errors.NotFound("there is no job 'job-1'")
    answer = invoke("get", "job-1")
    assert (answer.exit_code, answer.stderr) == (2, "error: there is no job 'job-1'\n")
