"""``list`` shows jobs, all or by state."""

import json

from automl_tl.pipeline.spec import JobState


def test_jobs_are_shown(invoke, service):
    answer = invoke("list", "--state", "running", "--state", "QUEUED")
    assert answer.exit_code == 0
    assert "job-1" in answer.stdout
    assert ("list", (JobState.RUNNING, JobState.QUEUED)) in service.calls


def test_json_is_one_job_a_line(invoke, service):
    assert json.loads(invoke("list", "--json").stdout)["name"].endswith("job-1")


def test_an_unknown_state_is_wrong_usage(invoke, service):
    assert invoke("list", "--state", "tired").exit_code == 2
