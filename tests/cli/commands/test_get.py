"""``get`` shows one job, with ranking and trials on request."""

import json

from automl_tl import errors


def test_a_job_is_shown(invoke, service):
    answer = invoke("get", "job-1", "--ranking", "--trials")
    assert answer.exit_code == 0
    for part in ("SUCCEEDED", "starter:a", "t0001", "logme", "0.7500"):
        assert part in answer.stdout


def test_json_is_one_line(invoke, service):
    assert json.loads(invoke("get", "job-1", "--json").stdout)["state"] == "SUCCEEDED"


def test_no_such_job_is_exit_code_2(invoke, service):
    service.error = errors.NotFound("there is no job 'job-1'")
    answer = invoke("get", "job-1")
    assert (answer.exit_code, answer.stderr) == (2, "error: there is no job 'job-1'\n")
