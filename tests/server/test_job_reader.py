"""Many callers, few reads: everybody gets the job as it was after the question, and its own errors."""

import asyncio
import threading

import pytest

from automl_tl.errors import NotFound, Unavailable
from automl_tl.pipeline.spec import JobSpec
from automl_tl.server.job_reader import JobReader

PROJECT = "default"


@pytest.fixture
async def reader(service, text_dataset):
    for job in ("one", "two"):
        service.ledger.jobs.create(PROJECT, JobSpec(dataset=text_dataset.name), job=job)
    return JobReader(service.backend)


@pytest.fixture
def reads(service, monkeypatch):
    """The keys of every read, and a gate that each waits at."""
    real, gate = service.backend.ledger.jobs.get_each, threading.Event()
    seen = []

    def get_each(keys):
        seen.append(sorted(keys))
        assert gate.wait(10)
        return real(keys)

    monkeypatch.setattr(service.backend.ledger.jobs, "get_each", get_each)
    seen_and_gate = (seen, gate)
    yield seen_and_gate
    gate.set()


async def until(condition):
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("this never came")


async def test_those_who_ask_meanwhile_share_the_next_read(reader, reads):
    seen, gate = reads
    first = asyncio.ensure_future(reader.get(PROJECT, "one"))
    await until(lambda: seen)
    later = [asyncio.ensure_future(reader.get(PROJECT, job)) for job in ("one", "two", "one", "two")]
    await asyncio.sleep(0)
    gate.set()
    jobs = await asyncio.gather(first, *later)
    assert [job.name.rpartition("/")[2] for job in jobs] == ["one", "one", "two", "one", "two"]
    assert seen == [[(PROJECT, "one")], [(PROJECT, "one"), (PROJECT, "two")]]


async def test_a_question_is_not_answered_from_a_read_that_began_before_it(service, reader, reads):
    seen, gate = reads
    early = asyncio.ensure_future(reader.get(PROJECT, "one"))
    await until(lambda: seen)
    service.ledger.jobs.cancel(PROJECT, "one", reason="changed my mind")
    late = asyncio.ensure_future(reader.get(PROJECT, "one"))
    await asyncio.sleep(0)
    gate.set()
    await early
    assert (await late).cancel_reason == "changed my mind"
    assert len(seen) == 2


async def test_what_is_missing_is_told_to_who_asked_for_it_only(reader):
    found, missing = await asyncio.gather(
        reader.get(PROJECT, "one"), reader.get(PROJECT, "none"), return_exceptions=True
    )
    assert found.name.endswith("/one")
    assert isinstance(missing, NotFound)
    assert "'none'" in missing.message


async def test_who_goes_away_leaves_the_answer_to_the_others(reader, reads):
    seen, gate = reads
    gone, stays = (asyncio.ensure_future(reader.get(PROJECT, "one")) for _ in range(2))
    await until(lambda: seen)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    gate.set()
    assert (await stays).name.endswith("/one")


async def test_a_ledger_that_is_away_is_told_to_all_and_forgotten(service, reader, monkeypatch):
    def away(keys):
        raise Unavailable("the ledger is away")

    with monkeypatch.context() as broken:
        broken.setattr(service.backend.ledger.jobs, "get_each", away)
        for answer in await asyncio.gather(
            *(reader.get(PROJECT, "one") for _ in range(3)), return_exceptions=True
        ):
            assert isinstance(answer, Unavailable)
    assert (await reader.get(PROJECT, "one")).name.endswith("/one")


async def test_more_than_one_batch(service, reader, text_dataset):
    names = [f"job-{number}" for number in range(130)]
    for name in names:
        service.ledger.jobs.create(PROJECT, JobSpec(dataset=text_dataset.name), job=name)
    jobs = await asyncio.gather(*(reader.get(PROJECT, name) for name in names))
    assert [job.name.rpartition("/")[2] for job in jobs] == names
