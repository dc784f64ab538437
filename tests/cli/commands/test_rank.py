"""``rank`` prints a ranking and keeps nothing."""

import json

from automl_tl.errors import DatasetError
from automl_tl.pipeline.spec import JobState, Stage


def test_the_ranking_is_printed_with_reasons_for_gaps(invoke, local_job, tmp_path):
    answer = invoke("rank", tmp_path, "--models", "starter,hf:b/[c]")
    assert answer.exit_code == 0
    assert "starter:a" in answer.stdout
    assert "hf:b/[c]" in answer.stdout
    (call,) = local_job.calls
    assert call.spec.stop_after is Stage.RANK
    assert not call.out.exists()


def test_json_is_the_whole_ranking(invoke, local_job, tmp_path):
    answer = invoke("rank", tmp_path, "--json")
    assert json.loads(answer.stdout)["scorers"] == ["logme", "knn"]


def test_json_of_a_job_without_a_ranking_is_the_object_of_run(invoke, local_job, tmp_path):
    local_job.state, local_job.error, local_job.summary, local_job.files = JobState.FAILED, "no rows", {}, {}
    values = json.loads(invoke("rank", tmp_path, "--json").stdout)
    assert (values["state"], values["error"], values["ranking"]) == ("FAILED", "no rows", "")
    local_job.raises = DatasetError("row 3 is empty")
    values = json.loads(invoke("rank", tmp_path, "--json").stdout)
    assert (values["job"], values["state"], values["error"]) == ("", "FAILED", "row 3 is empty")


def test_a_failed_ranking_is_exit_code_1(invoke, local_job, tmp_path):
    local_job.state = JobState.FAILED
    assert invoke("rank", tmp_path).exit_code == 1
    local_job.reason = "INVALID_DATASET"
    assert invoke("rank", tmp_path).exit_code == 2
