"""``doctor`` tells what works and what does not, and no secret."""

import json

import pytest


@pytest.fixture(autouse=True)
def no_torch(monkeypatch):
    """Looking for GPUs loads torch, which takes seconds."""
    monkeypatch.setattr("automl_tl.cli.checkup.check_devices", lambda: iter(()))


def test_a_fresh_place_is_well(invoke, tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOML_TL_TOKEN", "atl_0123456789abcdef_" + "s" * 43)
    answer = invoke("doctor", "--data-dir", tmp_path)
    assert answer.exit_code == 0
    for topic in ("versions", "settings", "disk", "ledger", "blob store", "ray"):
        assert f"\n{topic}\n" in f"\n{answer.stdout}"
    assert "s" * 43 not in answer.output
    assert "BAD" not in answer.stdout


def test_what_is_wrong_is_exit_code_1(invoke, tmp_path):
    url = "postgresql://user:hunter22@127.0.0.1:1/none"
    answer = invoke("doctor", "--data-dir", tmp_path, "--database", url, "--json")
    findings = [json.loads(line) for line in answer.stdout.splitlines()]
    assert answer.exit_code == 1
    assert {"ledger"} == {finding["topic"] for finding in findings if finding["state"] == "wrong"}
    assert "hunter22" not in answer.output
