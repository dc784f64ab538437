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
