"""A job's history has no gaps, whoever writes it."""

import threading

import pytest

from automl_tl.errors import NotFound
from automl_tl.pipeline.spec import JobState
from automl_tl.search.budget import StopReason


def test_sequences_count_from_one_without_gaps_under_concurrent_writers(shop):
    shop.job("job-1")
    lease = shop.lease()

    def warn(number):
        for index in range(8):
            shop.ledger.stages.warn(lease, f"{number}.{index}")

    threads = [threading.Thread(target=warn, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    history = shop.ledger.events.read("default", "job-1")
    assert [event.sequence for event in history.events] == list(range(1, 35))
    assert history.last_sequence == shop.ledger.jobs.get("default", "job-1").last_sequence == 34


def test_reading_goes_on_after_a_sequence(shop):
    shop.job("job-1")
    lease = shop.lease()
    for number in range(5):
        shop.ledger.stages.warn(lease, str(number))
    first = shop.ledger.events.read("default", "job-1", limit=3)
    rest = shop.ledger.events.read("default", "job-1", after=first.events[-1].sequence)
    assert [event.sequence for event in (*first.events, *rest.events)] == list(range(1, 8))
    assert (rest.last_sequence, rest.state) == (7, JobState.RUNNING)


def test_a_history_is_complete_only_when_the_job_is_final_and_all_was_read(shop):
    shop.job("job-1")
    assert not shop.ledger.events.read("default", "job-1").complete
    shop.ledger.finish(shop.lease(), JobState.FAILED, StopReason.FAILED)
    assert not shop.ledger.events.read("default", "job-1", limit=1).complete
    assert shop.ledger.events.read("default", "job-1").complete
    assert shop.ledger.events.read("default", "job-1", after=3).complete


def test_a_final_event_in_the_middle_of_a_resumed_job_ends_nothing(shop):
    shop.job("job-1")
    shop.ledger.finish(shop.lease(), JobState.FAILED, StopReason.FAILED)
    shop.ledger.jobs.resume("default", "job-1")
    assert not shop.ledger.events.read("default", "job-1").complete


def test_an_unknown_job_is_not_found(shop):
    with pytest.raises(NotFound, match="'job-9'"):
        shop.ledger.events.read("default", "job-9")
