"""``worker`` passes its options on to the worker process."""

import sys
from types import ModuleType

import pytest


@pytest.fixture
def passed(monkeypatch):
    calls = []
    module = ModuleType("automl_tl.worker.__main__")
    module.main = lambda arguments: calls.append(arguments) or 0
    monkeypatch.setitem(sys.modules, "automl_tl.worker.__main__", module)
    return calls


def test_options_are_passed_on(invoke, passed, tmp_path):
    assert invoke("worker", "--data-dir", tmp_path, "--once", "--job", "projects/p/jobs/j1").exit_code == 0
    assert invoke("worker").exit_code == 0
    first, second = passed
    assert first[:4] == ["--data-dir", str(tmp_path), "--job", "projects/p/jobs/j1"]
    assert "--once" in first
    assert "--once" not in second
    assert second[1] == "automl-tl-data"


def test_where_jobs_run_comes_from_an_option_or_the_environment(invoke, passed, monkeypatch):
    """So do the resources of trials, which nodes of a cluster get by their environment."""
    assert invoke("worker", "--ray", "auto", "--trials-at-once", 8).exit_code == 0
    monkeypatch.setenv("AUTOML_TL_RAY", "jobs+https://head:8265")
    monkeypatch.setenv("AUTOML_TL_TRIAL_GPUS", "1")
    assert invoke("worker").exit_code == 0
    first, second = (" ".join(arguments) for arguments in passed)
    assert "--ray auto" in first
    assert "--trials-at-once 8" in first
    assert "--ray jobs+https://head:8265" in second
    assert "--trial-gpus 1" in second
