"""``submit`` uploads, creates, and prints the job's name."""

import pytest

from automl_tl import errors


def calls(service, name):
    return [call for call in service.calls if call[0] == name]


def test_the_job_is_created_on_what_was_uploaded(invoke, service, tmp_path):
    answer = invoke("submit", tmp_path, "--address", "host:1", "--project", "lab", "--target", "kind")
    assert (answer.exit_code, answer.stdout) == (0, "projects/default/jobs/job-1\n")
    assert service.calls[0] == ("open", "host:1", "lab")
    (_, spec, validate_only) = calls(service, "create_job")[0]
    assert spec.dataset == "projects/default/datasets/" + "ab" * 32
    assert (spec.target, spec.include_examples, validate_only) == ("kind", False, False)


def test_validate_only_creates_nothing(invoke, service, tmp_path):
    answer = invoke("submit", tmp_path, "--validate-only", "--watch")
    assert answer.stdout == "the job is valid\n"
    assert calls(service, "create_job")[0][2] is True
    assert calls(service, "wait") == []


def test_watching_shows_the_result(invoke, service, tmp_path):
    answer = invoke("submit", tmp_path, "--watch")
    assert answer.exit_code == 0
    assert "SUCCEEDED" in answer.stdout


@pytest.mark.parametrize(("error", "code"), [(errors.Unavailable("away"), 3), (errors.DatasetError("row 3"), 2)])
def test_errors_are_words_and_codes(invoke, service, tmp_path, error, code):
    service.error = error
    answer = invoke("submit", tmp_path)
    assert (answer.exit_code, answer.stderr) == (code, f"error: {error.message}\n")
