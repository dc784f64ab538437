"""``watch`` follows a job for people or as JSON lines."""

import json

from automl_tl.pipeline.spec import JobState


def test_people_see_the_end(invoke, service):
    answer = invoke("watch", "job-1")
    assert answer.exit_code == 0
    assert "ranked 3 models, best starter:a" in answer.stderr
    assert "projects/default/jobs/job-1" in answer.stdout


def test_programs_get_one_event_a_line(invoke, service):
    service.state = JobState.FAILED
    answer = invoke("watch", "job-1", "--json", "--after", "3")
    events = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [event["kind"] for event in events] == ["ranking", "job"]
    assert events[0]["best"] == "starter:a"
    assert ("watch", "job-1", 3) in service.calls
    assert answer.exit_code == 1
    service.error_reason = "INVALID_SPEC"
    assert invoke("watch", "job-1", "--json").exit_code == 2


def test_an_interrupt_is_exit_code_130_for_programs_too(invoke, service, monkeypatch):
    def interrupted(self, job, *, after_sequence=0):
        raise KeyboardInterrupt

    monkeypatch.setattr(service, "watch", interrupted)
    assert invoke("watch", "job-1", "--json").exit_code == 130
