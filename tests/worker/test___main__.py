"""``python -m automl_tl.worker``."""

from __future__ import annotations

import pytest

from automl_tl.worker import __main__ as command
from automl_tl.worker import hand_over, loop


def test_options_reach_the_loop(monkeypatch, tmp_path):
    """Data directory, job and Ray address arrive as given."""
    seen = {}
    monkeypatch.setattr(command.signal, "signal", lambda *_: None)
    monkeypatch.setattr(loop, "run_worker", lambda directory, **options: seen.update(options, directory=directory))
    name = "projects/default/jobs/job-1"
    assert command.main(["--data-dir", str(tmp_path), "--once", "--job", name, "--ray", "auto"]) == 0
    assert seen["directory"] == tmp_path
    assert (seen["once"], seen["job"], seen["ray_address"]) == (True, name, "auto")


def test_without_a_data_directory_it_says_how_to_call_it(capsys):
    """Exit code 2, as for every wrong use."""
    with pytest.raises(SystemExit) as ended:
        command.main([])
    assert ended.value.code == 2
    assert "--data-dir" in capsys.readouterr().err


def test_ledger_and_blobs_elsewhere_come_from_options_or_the_environment(monkeypatch, tmp_path):
    """An option outranks a variable; a password in the variable stays out of the list of processes."""
    seen = {}
    monkeypatch.setattr(command.signal, "signal", lambda *_: None)
    monkeypatch.setattr(loop, "run_worker", lambda directory, **options: seen.update(options))
    monkeypatch.setenv("AUTOML_TL_DATABASE", "postgresql://me:secret@host/db")
    monkeypatch.setenv("AUTOML_TL_BLOB_STORE", "s3://bucket/a")
    monkeypatch.setenv("AUTOML_TL_WORK_STORE", "shared-disk")
    command.main(["--data-dir", str(tmp_path), "--blob-store", "s3://bucket/b"])
    assert seen["places"].database == "postgresql://me:secret@host/db"
    assert seen["places"].blob_store == "s3://bucket/b"
    assert seen["places"].work_store == "shared-disk"
    command.main(["--data-dir", str(tmp_path), "--work-store", "s3://bucket/work"])
    assert seen["places"].work_store == "s3://bucket/work"


def test_a_jobs_api_is_handed_over_to(monkeypatch, tmp_path):
    """The loop that needs torch and ray is not even imported for it."""
    seen = {}
    monkeypatch.setattr(command.signal, "signal", lambda *_: None)
    monkeypatch.setattr(
        hand_over, "hand_over", lambda directory, place, **options: seen.update(options, place=place)
    )
    monkeypatch.setattr(loop, "run_worker", None)
    command.main(["--data-dir", str(tmp_path), "--ray", "jobs+http://head:8265", "--at-once", "7"])
    assert (seen["place"].address, seen["at_once"]) == ("http://head:8265", 7)


def test_a_place_that_is_none_is_wrong_usage(capsys, tmp_path):
    """And the answer names those that are."""
    with pytest.raises(SystemExit) as ended:
        command.main(["--data-dir", str(tmp_path), "--ray", "http://head:8265"])
    assert ended.value.code == 2
    assert "jobs+http(s)://head:8265" in capsys.readouterr().err
