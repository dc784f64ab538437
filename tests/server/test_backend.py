"""Blocking work happens in threads, to its end, and a start cleans up what a crash left."""

import asyncio
import json
import logging
import os
import threading
import time

import pytest

from automl_tl.errors import Unavailable
from automl_tl.server.backend import Backend
from automl_tl.server.config import ServerConfig
from automl_tl.structured_log import log_context, log_handler


@pytest.fixture
def backend(tmp_path):
    backend = Backend(ServerConfig(tmp_path / "data", threads=2))
    yield backend
    backend.close()


async def test_work_runs_beside_the_event_loop(backend):
    names = {await backend.run(lambda: threading.current_thread().name) for _ in range(3)}
    assert all(name.startswith("ledger") for name in names)
    assert (await backend.run_long(lambda: threading.current_thread().name)).startswith("intake")


async def test_errors_come_through(backend):
    with pytest.raises(KeyError):
        await backend.run({}.__getitem__, "missing")


@pytest.mark.parametrize("times", [1, 3])
async def test_a_cancelled_caller_waits_for_the_thread(backend, times):
    """Else the files would be erased under a thread that still reads them."""
    begun, done = threading.Event(), threading.Event()

    def work():
        begun.set()
        time.sleep(0.1)
        done.set()

    task = asyncio.ensure_future(backend.run_long(work))
    await asyncio.to_thread(begun.wait)
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done.is_set()


async def test_cleaning_up_is_never_dropped(backend):
    """A call that is cancelled twice, by its client and by the connection, still erases what it made."""
    release, erased = threading.Event(), threading.Event()
    busy = [asyncio.ensure_future(backend.run(release.wait)) for _ in range(2)]
    dropped, kept = threading.Event(), asyncio.ensure_future(backend.clean_up(erased.set))
    late = asyncio.ensure_future(backend.run(dropped.set))
    for _ in range(3):
        await asyncio.sleep(0)
        kept.cancel()
        late.cancel()
    release.set()
    for task in (kept, late):
        with pytest.raises(asyncio.CancelledError):
            await task
    await asyncio.gather(*busy)
    assert erased.is_set()
    assert not dropped.is_set()


async def test_a_start_erases_what_a_crash_left(backend):
    (backend.directory.uploads / "half").mkdir()
    (backend.directory.uploads / "half" / "upload").write_bytes(b"half")
    temporary = backend.blobs.directory / "tmp" / "crashed"
    temporary.write_bytes(b"half a blob")
    orphan = backend.blobs.put_bytes(b"blob of a transaction that never came").sha256
    hours_ago = time.time() - 7200
    for path in (temporary, backend.blobs.path(orphan)):
        os.utime(path, (hours_ago, hours_ago))
    backend.erase_half_uploads()
    assert list(backend.directory.uploads.iterdir()) == []
    task = asyncio.ensure_future(backend.keep_up())
    deadline = time.monotonic() + 20
    while (temporary.exists() or backend.blobs.exists(orphan)) and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    assert not temporary.exists()
    assert not backend.blobs.exists(orphan)
    task.cancel()


async def test_upkeep_that_fails_is_tried_again(backend, monkeypatch, caplog):
    """Whatever the reason, and the server goes on."""
    errors, done = [Unavailable("away"), KeyError("odd")], asyncio.Event()
    loop = asyncio.get_running_loop()

    def keep_up(*arguments, **options):
        if errors:
            raise errors.pop(0)
        loop.call_soon_threadsafe(done.set)

    monkeypatch.setattr("automl_tl.server.backend.keep_up", keep_up)
    monkeypatch.setattr("automl_tl.server.backend.EVERY_SECONDS", 0.001)
    task = asyncio.ensure_future(backend.keep_up())
    await asyncio.wait_for(done.wait(), 20)
    task.cancel()
    assert "upkeep put off: away" in caplog.text
    assert "upkeep failed" in caplog.text


async def test_work_of_a_caller_who_left_is_not_begun(backend):
    """Its deadline may have passed while it waited for a thread."""
    release, begun = threading.Event(), []
    busy = [asyncio.ensure_future(backend.run(release.wait)) for _ in range(2)]
    waiting = asyncio.ensure_future(backend.run(begun.append, 1))
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    release.set()
    await asyncio.gather(*busy)
    await backend.run(list)
    assert begun == []


async def test_lines_that_a_thread_logs_belong_to_its_request(backend, capsys):
    logger = logging.Logger("thread")
    logger.addHandler(log_handler("json"))
    with log_context(request="r1"):
        await backend.run(logger.warning, "hello")
    assert json.loads(capsys.readouterr().err)["request"] == "r1"
