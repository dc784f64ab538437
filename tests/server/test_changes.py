"""Watchers hear of every write, together, and cost one read."""

import asyncio

import pytest

from automl_tl.errors import NotFound, Unavailable
from automl_tl.pipeline.spec import JobSpec
from automl_tl.server.backend import Backend
from automl_tl.server.changes import ChangeFeed
from automl_tl.server.config import ServerConfig
from automl_tl.store.records import DatasetRecord


@pytest.fixture
async def backend(tmp_path):
    backend = Backend(ServerConfig(tmp_path / "data", watch_poll_seconds=0.01))
    record = DatasetRecord("default", "a" * 64, "", "text", (), 1, 1)
    backend.ledger.datasets.add(record, backend.blobs)
    backend.ledger.jobs.create("default", JobSpec(dataset=record.name), job="job-1")
    yield backend
    backend.close()


@pytest.fixture
async def feed(backend):
    feed = ChangeFeed(backend)
    task = asyncio.ensure_future(feed.run())
    await asyncio.sleep(0.05)
    yield feed
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_write_wakes_everybody_and_silence_nobody(backend, feed):
    news = feed.news()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(news.wait()), 0.1)
    waiting = [asyncio.ensure_future(feed.wait(news, 10)) for _ in range(5)]
    backend.ledger.jobs.cancel("default", "job-1")
    await asyncio.wait_for(asyncio.gather(*waiting), 5)
    assert news.is_set()
    assert not feed.news().is_set()


async def test_those_who_wait_for_the_same_share_one_read(backend, feed, monkeypatch):
    reads = []
    read = backend.ledger.events.read

    def counted(*arguments, **options):
        reads.append(arguments)
        return read(*arguments, **options)

    monkeypatch.setattr(backend.ledger.events, "read", counted)
    histories = await asyncio.gather(*(feed.history("default", "job-1", 0) for _ in range(20)))
    assert {history.last_sequence for history in histories} == {1}
    assert len(reads) == 1
    news = feed.news()
    backend.ledger.jobs.cancel("default", "job-1")
    await feed.wait(news, 5)
    assert (await feed.history("default", "job-1", 0)).last_sequence == 2


async def test_one_who_goes_away_does_not_take_the_answer_along(feed):
    first = asyncio.ensure_future(feed.history("default", "job-1", 0))
    second = asyncio.ensure_future(feed.history("default", "job-1", 0))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).last_sequence == 1


async def test_waiting_ends_after_its_time(feed):
    await asyncio.wait_for(feed.wait(feed.news(), 0.02), 5)


async def test_an_unknown_job_is_not_found(feed):
    with pytest.raises(NotFound):
        await feed.history("default", "job-9", 0)


async def test_a_stopping_server_sends_everybody_away(feed):
    waiting = asyncio.ensure_future(feed.wait(feed.news(), 60))
    await asyncio.sleep(0)
    feed.stop()
    with pytest.raises(Unavailable, match="watch again"):
        await waiting
    with pytest.raises(Unavailable):
        await feed.wait(feed.news(), 60)


async def test_a_ledger_that_was_away_is_news_when_it_is_back(backend, feed, monkeypatch):
    """The feed survives it, and an error that somebody was told is not told again."""
    version, read = backend.ledger.changes.version, backend.ledger.events.read

    def away(*arguments, **options):
        raise Unavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(backend.ledger.changes, "version", away)
        patch.setattr(backend.ledger.events, "read", away)
        await asyncio.sleep(0.05)
        with pytest.raises(Unavailable):
            await feed.history("default", "job-1", 0)
        news = feed.news()
    assert backend.ledger.changes.version == version
    assert backend.ledger.events.read == read
    assert (await feed.history("default", "job-1", 0)).last_sequence == 1
    await feed.wait(news, 5)
    assert news.is_set()
