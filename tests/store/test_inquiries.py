"""A question about a finished job is asked, answered once by whoever holds it, and forgotten."""

import pytest

from automl_tl.errors import FailedPrecondition, LeaseLost, NotFound, RateLimited
from automl_tl.pipeline.spec import JobState, Stage
from automl_tl.search.budget import StopReason
from automl_tl.store.inquiries import ANSWERED, FAILED, WAITING, WORKING, Question
from automl_tl.store.records import JobError
from automl_tl.store.stages import Publication

TEXT = Question(text="good")


def finished(shop, *, model=True, **spec):
    """Return the id of a job that has delivered a model."""
    job = shop.job("job-1", **spec)
    lease = shop.lease()
    if model:
        blob = shop.blobs.put_bytes(b"zip")
        files = [Publication("model.zip", "model", "application/zip", blob)]
        shop.ledger.publish_stage(lease, Stage.FIT, files, shop.blobs)
    shop.ledger.finish(lease, JobState.SUCCEEDED, StopReason.COMPLETED)
    return job.job


def ask(shop, question=TEXT, *, job="job-1", most=8, **values):
    return shop.ledger.inquiries.ask("default", job, question, patience=100.0, most=most, **values)


def test_an_answer_grows_until_it_is_final(shop):
    finished(shop)
    inquiries = shop.ledger.inquiries
    assert not inquiries.waiting()
    asked = ask(shop, Question(method="lime", max_evals=9, seconds=7.0, seed=3), picture=b"\x89PNG\0")
    assert inquiries.waiting()
    assert inquiries.standing(asked).state == WAITING
    taken = inquiries.claim(30.0)
    assert (taken.id, taken.job_name, taken.picture) == (asked, "projects/default/jobs/job-1", b"\x89PNG\0")
    assert taken.question == Question(method="lime", max_evals=9, seconds=7.0, seed=3)
    assert inquiries.claim(30.0) is None
    inquiries.tell(taken)
    assert (inquiries.standing(asked).state, inquiries.standing(asked).version) == (WORKING, 0)
    inquiries.tell(taken, {"values": [1.0]})
    inquiries.tell(taken, {"values": [2.0]}, final=True)
    standing = inquiries.standing(asked)
    assert (standing.state, standing.version, standing.answer) == (ANSWERED, 2, {"values": [2.0]})
    with pytest.raises(LeaseLost):
        inquiries.tell(taken, {})


def test_the_question_that_waits_longest_is_taken_first(shop):
    finished(shop)
    first = ask(shop)
    shop.clock.pass_seconds(1.0)
    second = ask(shop)
    assert [shop.ledger.inquiries.claim(30.0).id for _ in range(2)] == [first, second]


def test_a_failure_is_told(shop):
    finished(shop)
    asked = ask(shop)
    shop.ledger.inquiries.fail(shop.ledger.inquiries.claim(30.0), JobError("NOT_FOUND", "there is no row"))
    standing = shop.ledger.inquiries.standing(asked)
    assert standing.state == FAILED
    assert standing.answer == {"reason": "NOT_FOUND", "message": "there is no row"}


def test_whose_caller_left_is_not_worked_on(shop):
    """The worker learns it from its next word."""
    finished(shop)
    inquiries = shop.ledger.inquiries
    asked = ask(shop)
    taken = inquiries.claim(30.0)
    inquiries.withdraw(asked)
    with pytest.raises(LeaseLost):
        inquiries.tell(taken, {})
    with pytest.raises(NotFound):
        inquiries.standing(asked)
    inquiries.withdraw(asked)


def test_another_worker_takes_over_and_the_first_may_not_speak_any_more(shop):
    """Twice; then the question itself is suspected."""
    finished(shop)
    inquiries = shop.ledger.inquiries
    asked = ask(shop)
    first = inquiries.claim(10.0)
    shop.clock.pass_seconds(11.0)
    second = inquiries.claim(10.0)
    assert second.epoch == first.epoch + 1
    with pytest.raises(LeaseLost):
        inquiries.tell(first, {})
    inquiries.tell(second)
    shop.clock.pass_seconds(9.0)
    assert inquiries.claim(10.0) is None
    shop.clock.pass_seconds(2.0)
    assert inquiries.claim(10.0) is None
    assert inquiries.standing(asked).answer["reason"] == "WORKERS_VANISHED"


def test_a_beat_keeps_the_question_without_a_word(shop):
    """And learns without an error that it is lost."""
    finished(shop)
    inquiries = shop.ledger.inquiries
    asked = ask(shop)
    taken = inquiries.claim(10.0)
    for _ in range(3):
        shop.clock.pass_seconds(9.0)
        assert not inquiries.heartbeat(taken).lost
        assert inquiries.claim(10.0) is None
    assert (inquiries.standing(asked).state, inquiries.standing(asked).version) == (WORKING, 0)
    inquiries.withdraw(asked)
    assert inquiries.heartbeat(taken).lost


def test_what_nobody_can_wait_for_any_more_is_forgotten(shop):
    """A server that crashed did not withdraw it."""
    finished(shop)
    old = ask(shop)
    shop.clock.pass_seconds(101.0)
    assert not shop.ledger.inquiries.waiting()
    assert shop.ledger.inquiries.claim(10.0) is None
    ask(shop)
    with pytest.raises(NotFound):
        shop.ledger.inquiries.standing(old)


def test_a_project_asks_only_so_much_at_once(shop):
    finished(shop)
    for _ in range(2):
        ask(shop, most=2)
    with pytest.raises(RateLimited, match="2 questions"):
        ask(shop, most=2)


def test_only_finished_jobs_with_a_model_can_be_asked(shop):
    shop.job("job-1")
    with pytest.raises(FailedPrecondition, match="QUEUED"):
        ask(shop)
    shop.ledger.finish(shop.lease(), JobState.FAILED, StopReason.FAILED)
    with pytest.raises(FailedPrecondition, match="no model"):
        ask(shop)
    with pytest.raises(NotFound):
        ask(shop, job="job-2")


def test_rows_are_shown_only_where_the_job_includes_examples(shop):
    finished(shop)
    with pytest.raises(FailedPrecondition, match="include_examples"):
        ask(shop, Question(row_id="3"))


def test_rows_of_a_job_that_includes_them(shop):
    finished(shop, include_examples=True)
    ask(shop, Question(row_id="3"))
    assert shop.ledger.inquiries.claim(10.0).question.row_id == "3"


def test_a_deleted_job_takes_its_questions_along(shop):
    finished(shop)
    asked = ask(shop)
    shop.ledger.jobs.delete("default", "job-1")
    with pytest.raises(NotFound, match="deleted"):
        shop.ledger.inquiries.standing(asked)


def test_upkeep_forgets_what_nobody_waits_for(shop):
    """A private text does not stay because a server crashed."""
    finished(shop)
    ask(shop)
    assert shop.ledger.inquiries.forget() == 0
    shop.clock.pass_seconds(101.0)
    assert shop.ledger.inquiries.forget() == 1
