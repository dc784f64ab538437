"""``cancel`` passes on the reason and says what state the job is in."""

from automl_tl.pipeline.spec import JobState


def test_a_job_is_asked_to_stop(invoke, service):
    service.state = JobState.CANCELLING
    answer = invoke("cancel", "job-1", "--reason", "enough")
    assert answer.stdout == "projects/default/jobs/job-1 is cancelling\n"
    assert ("cancel", "job-1", "enough") in service.calls
