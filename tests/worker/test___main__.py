"""``python -m automl_tl.worker``."""

from __future__ import annotations

import pytest

from automl_tl.worker import __main__ as command


def test_options_reach_the_loop(monkeypatch, tmp_path):
    """Data directory, job and Ray address arrive as given."""
    seen = {}
    monkeypatch.setattr(command.signal, "signal", lambda *_: None)
    monkeypatch.setattr(
        command, "run_worker", lambda directory, **options: seen.update(options, directory=directory)
    )
    name = "projects/default/jobs/job-1"
    assert command.main(["--data-dir", str(tmp_path), "--once", "--job", name, "--ray-address", "auto"]) == 0
    assert seen["directory"] == tmp_path
    assert (seen["once"], seen["job"], seen["ray_address"]) == (True, name, "auto")


def test_without_a_data_directory_it_says_how_to_call_it(capsys):
    """Exit code 2, as for every wrong use."""
    with pytest.raises(SystemExit) as ended:
        command.main([])
    assert ended.value.code == 2
    assert "--data-dir" in capsys.readouterr().err
