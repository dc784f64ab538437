"""Following a job shows its end and leaves with its exit code."""

import pytest

from automl_tl.cli.remote_job import follow_to_end
from automl_tl.pipeline.spec import JobState


def test_the_exit_code_is_the_jobs(service, capsys):
    service.state = JobState.CANCELLED
    client = service("host:1")
    with pytest.raises(SystemExit) as caught:
        follow_to_end(client, client.get("job-1"))
    assert caught.value.code == 1
    assert "CANCELLED" in capsys.readouterr().out


def test_a_job_that_failed_by_its_data_is_wrong_usage(service):
    service.state, service.error_reason = JobState.FAILED, "INVALID_DATASET"
    client = service("host:1")
    with pytest.raises(SystemExit) as caught:
        follow_to_end(client, client.get("job-1"))
    assert caught.value.code == 2


def test_an_interrupt_leaves_the_job_alone_and_says_how_to_go_on(service, capsys, monkeypatch):
    def interrupted(self, job, *, on_event=None):
        raise KeyboardInterrupt

    monkeypatch.setattr(service, "wait", interrupted)
    client = service("host:1")
    with pytest.raises(SystemExit) as caught:
        follow_to_end(client, client.get("job-1"))
    assert caught.value.code == 130
    assert "the job goes on; automl-tl watch job-1" in capsys.readouterr().err
    assert not [call for call in client.calls if call[0] == "cancel"]
