"""Errors become words and exit codes."""

import pytest

from automl_tl import errors
from automl_tl.cli.exits import Exit, exit_code, exit_of_state, worded_errors


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.SpecError("x"), 2),
        (errors.DatasetError("x"), 2),
        (errors.NotFound("x"), 2),
        (errors.LimitExceeded("x"), 2),
        (errors.Unavailable("x"), 3),
        (errors.FailedPrecondition("x"), 1),
        (errors.DataCorrupted("x"), 1),
        (errors.TrialFailed("x"), 1),
    ],
)
def test_who_can_correct_it_decides_the_code(error, code):
    assert exit_code(error) == code


@pytest.mark.parametrize(("state", "code"), [("SUCCEEDED", 0), ("FAILED", 1), ("CANCELLED", 1)])
def test_the_state_of_a_job_decides_the_code(state, code):
    assert exit_of_state(state) == code


@pytest.mark.parametrize(
    ("state", "reason", "code"),
    [
        ("FAILED", "INVALID_DATASET", 2),
        ("FAILED", "INVALID_SPEC", 2),
        ("FAILED", "INVALID_SEARCH_SPACE", 2),
        ("FAILED", "NOT_FOUND", 2),
        ("FAILED", "LIMIT_EXCEEDED", 2),
        ("FAILED", "FAILED_PRECONDITION", 1),
        ("FAILED", "TRIAL_FAILED", 1),
        ("FAILED", "INTERNAL", 1),
        ("CANCELLED", "INVALID_SPEC", 1),
    ],
)
def test_a_job_that_failed_by_what_the_caller_sent_is_wrong_usage(state, reason, code):
    assert exit_of_state(state, reason) == code


def test_the_field_is_named_once(capsys):
    for error in (
        errors.SpecError("must be positive", field="top_k"),
        errors.SpecError("seed is odd", field="seed"),
    ):
        with pytest.raises(SystemExit) as caught, worded_errors():
            raise error
        assert caught.value.code == Exit.USAGE
    assert capsys.readouterr().err == "error: must be positive [top_k]\nerror: seed is odd\n"


def test_a_package_that_is_not_installed_is_explained(capsys):
    with pytest.raises(SystemExit), worded_errors():
        raise ModuleNotFoundError("No module named 'torch'", name="torch")
    assert "install 'automl-tl[all]'" in capsys.readouterr().err


@pytest.mark.parametrize("error", [ValueError("a bug"), ModuleNotFoundError("ours", name="automl_tl.gone")])
def test_a_bug_stays_a_bug(error):
    with pytest.raises(type(error)), worded_errors():
        raise error
