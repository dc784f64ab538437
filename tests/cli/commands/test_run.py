"""``run`` does a whole job and leaves with its outcome."""

import json

import pytest

from automl_tl import errors
from automl_tl.pipeline.spec import JobState


def test_the_last_line_of_stdout_is_one_json_object(invoke, local_job, tmp_path):
    answer = invoke("run", tmp_path, "--out", tmp_path / "out", "--budget", "trials=2", "--json")
    assert answer.exit_code == 0, answer.output
    values = json.loads(answer.stdout.splitlines()[-1])
    assert len(answer.stdout.splitlines()) == 1
    assert (values["state"], values["model"], values["strategy"]) == ("SUCCEEDED", "starter:glyphs-resnet", "full")
    assert values["metrics"] == {"accuracy": 0.97, "log_loss": None}
    assert values["baselines"] == {"from scratch": {"accuracy": 0.9}}
    assert (values["trials"], values["stop_reason"], values["seconds"]) == (2, "BUDGET_TRIALS", 12.346)
    for key in ("report", "report_json", "model_path", "ranking"):
        assert (tmp_path / "out" / values[key].rpartition("/")[2]).exists()


def test_people_get_a_summary_and_the_files(invoke, local_job, tmp_path):
    answer = invoke("run", tmp_path, "--out", tmp_path / "out")
    assert answer.exit_code == 0
    assert "from scratch" in answer.stdout
    assert str(tmp_path / "out" / "report.html") in answer.stdout
    assert "trial t0002 succeeded" in answer.stderr


@pytest.mark.parametrize("command", [("run", "--out", "out"), ("rank",)])
def test_an_address_reaches_the_job_as_it_was_written(invoke, local_job, tmp_path, monkeypatch, command):
    """A path would lose one of its slashes."""
    monkeypatch.chdir(tmp_path)
    assert invoke(*command, "s3://bucket/pets.zip").exit_code == 0
    assert [str(call.data) for call in local_job.calls] == ["s3://bucket/pets.zip"]


def test_a_job_that_was_cancelled_before_it_began_says_so(invoke, local_job, tmp_path):
    local_job.raises = errors.Cancelled("cancelled while the data was fetched; no job was begun")
    answer = invoke("run", "s3://bucket/pets.zip", "--out", tmp_path / "out", "--json")
    assert answer.exit_code == 1
    assert json.loads(answer.stdout)["state"] == "CANCELLED"


def test_examples_are_shown_unless_forbidden(invoke, local_job, tmp_path):
    invoke("run", tmp_path, "--out", tmp_path / "a")
    invoke("run", tmp_path, "--out", tmp_path / "b", "--no-examples")
    assert [call.spec.include_examples for call in local_job.calls] == [True, False]


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED])
def test_a_job_without_success_is_exit_code_1_and_still_json(invoke, local_job, tmp_path, state):
    local_job.state, local_job.error, local_job.summary = state, "it did not work", {}
    answer = invoke("run", tmp_path, "--out", tmp_path / "out", "--json")
    assert answer.exit_code == 1
    assert json.loads(answer.stdout.splitlines()[-1])["error"] == "it did not work"


def test_a_job_that_failed_by_its_data_is_exit_code_2(invoke, local_job, tmp_path):
    local_job.state, local_job.reason, local_job.summary = JobState.FAILED, "INVALID_DATASET", {}
    assert invoke("run", tmp_path, "--out", tmp_path / "out").exit_code == 2


def test_a_program_gets_the_same_keys_however_the_job_ends(invoke, local_job, tmp_path):
    """Also where the data keeps the job from beginning, or the options do."""
    good = json.loads(invoke("run", tmp_path, "--out", tmp_path / "out", "--json").stdout)
    local_job.raises = errors.DatasetError("row 3: the column 'label' is empty", field="label")
    for extra in ((), ("--search-space", "nowhere.yaml")):
        answer = invoke("run", tmp_path, "--out", tmp_path / "out", "--json", *extra)
        values = json.loads(answer.stdout)
        assert (answer.exit_code, values["job"], values["state"], values["model"]) == (2, "", "FAILED", "")
        assert values["error"] in answer.stderr
        assert list(values) == list(good)
    assert invoke("run", tmp_path, "--out", tmp_path / "out").stdout == ""


def test_bad_data_is_exit_code_2_and_one_line(invoke, local_job, tmp_path):
    local_job.raises = errors.DatasetError("row 3: the column 'label' is empty", field="label")
    answer = invoke("run", tmp_path, "--out", tmp_path / "out", "--json")
    assert answer.exit_code == 2
    assert answer.stderr == "error: row 3: the column 'label' is empty\n"


@pytest.mark.parametrize(
    "arguments", [(), ("--out", "x"), ("data",), ("data", "--out", "x", "--budget", "wall=0s")]
)
def test_wrong_usage_is_exit_code_2(invoke, local_job, arguments):
    assert invoke("run", *arguments).exit_code == 2
    assert local_job.calls == []
