"""``db`` upgrades and checks a ledger, and makes none by looking."""

import sqlite3

import pytest

from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.local_blobs import LocalBlobStore
from automl_tl.store.records import DatasetRecord


@pytest.fixture
def directory(tmp_path):
    """A data directory with one dataset."""
    directory = DataDirectory(tmp_path / "data").create()
    ledger, blobs = Ledger(directory.ledger_url), LocalBlobStore(directory.blobs)
    blob = blobs.put_bytes(b"zip").sha256
    ledger.datasets.add(DatasetRecord("default", "a" * 64, "", "text", (), 1, 1, blob=blob), blobs)
    ledger.close()
    return directory


def test_a_sound_ledger(invoke, directory):
    answer = invoke("db", "check", "--data-dir", directory.root, "--read-blobs")
    assert answer.exit_code == 0
    assert "0 jobs, 0 events, 1 blobs: 0 findings" in answer.output


def test_findings_are_told_one_by_one(invoke, directory):
    store = LocalBlobStore(directory.blobs)
    (blob,) = store.digests()
    store.delete(blob)
    answer = invoke("db", "check", "--data-dir", directory.root)
    assert answer.exit_code == 1
    assert f"there is no blob {blob}" in answer.stderr


def test_an_older_ledger_is_refused_until_the_printed_command_was_run(invoke, directory):
    connection = sqlite3.connect(directory.ledger)
    connection.executescript(
        "DROP TABLE automl_tl_revision; DROP TABLE tokens; DROP TABLE inquiries; "
        "ALTER TABLE trials DROP COLUMN error_field; "
        "CREATE TABLE schema_version (version INTEGER); "
        "DROP INDEX jobs_by_state; DROP INDEX datasets_by_project; DROP INDEX jobs_by_project; "
        "DROP INDEX jobs_by_project_state; DROP INDEX jobs_by_end; DROP INDEX requests_by_time; "
        "DROP INDEX trials_by_state; CREATE INDEX jobs_by_state ON jobs (state, queue_time)"
    )
    connection.close()
    refused = invoke("db", "check", "--data-dir", directory.root)
    assert refused.exit_code != 0
    command = refused.stderr.partition("run: automl-tl ")[2].strip().replace("'", "").split()
    assert command[:2] == ["db", "upgrade"]
    upgraded = invoke(*command)
    assert upgraded.exit_code == 0, upgraded.output
    assert "from revision 0001 to" in upgraded.output
    assert invoke("db", "check", "--data-dir", directory.root).exit_code == 0
    assert "nothing to do" in invoke("db", "upgrade", "--data-dir", directory.root).output


@pytest.mark.parametrize("what", ["check", "upgrade"])
def test_a_directory_without_a_ledger_stays_without_one(invoke, tmp_path, what):
    answer = invoke("db", what, "--data-dir", tmp_path / "nowhere")
    assert answer.exit_code == 2
    assert "there is no ledger" in answer.stderr
    assert not (tmp_path / "nowhere").exists()


def test_another_database_is_named_by_option_or_variable(invoke, tmp_path, postgres_url, monkeypatch):
    monkeypatch.setenv("AUTOML_TL_DATABASE", postgres_url)
    answer = invoke("db", "check", "--data-dir", tmp_path, "--blob-store", str(tmp_path / "blobs"))
    assert answer.exit_code == 0, answer.output
    assert "0 findings" in answer.output
