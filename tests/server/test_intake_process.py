"""Reading goes on in another process; whatever happens there, the server and the next order are well."""

import asyncio
import os
import signal
from pathlib import Path

import pyarrow
import pytest
from PIL import Image
from pyarrow import parquet

from automl_tl.cli.sessions import session_members
from automl_tl.errors import DatasetError, LimitExceeded, Unavailable
from automl_tl.server.intake_child import PICTURE, Order
from automl_tl.server.intake_process import IntakeProcesses, _why_not


@pytest.fixture
async def processes():
    processes = IntakeProcesses(1)
    yield processes
    await processes.close()


@pytest.fixture
def order(tmp_path, text_csv):
    """Return a function that makes an order for a CSV of 36 sentences."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    values = {"scratch": str(scratch), "path": str(text_csv), "file_name": "notes.csv"}
    return lambda **changes: Order(**{**values, **changes})


async def test_one_process_serves_many_orders(processes, order):
    assert (await processes.read(order())).row_count == 36
    first = processes._idle[0].pid
    with pytest.raises(DatasetError, match="no such file"):
        await processes.read(order(path="/there/is/nothing"))
    with pytest.raises(LimitExceeded, match="16 MiB of memory"):
        await processes.read(order(memory_bytes=16 << 20))
    assert (await processes.read(order())).row_count == 36
    assert [process.pid for process in processes._idle] == [first]


async def test_a_library_that_does_not_fit_into_the_memory_is_a_limit(processes, order, tmp_path):
    """Parquet is the one format whose reader loads a library of its own once an order is confined."""
    table = pyarrow.table({"text": [f"row {n}" for n in range(24)], "label": ["a", "b"] * 12})
    parquet.write_table(table, tmp_path / "data.parquet")
    place = {"path": str(tmp_path / "data.parquet"), "file_name": "data.parquet"}
    with pytest.raises(LimitExceeded, match="16 MiB of memory"):
        await processes.read(order(memory_bytes=16 << 20, **place))
    assert (await processes.read(order(**place))).row_count == 24


async def test_orders_wait_for_their_turn(processes, order, tmp_path):
    for number in range(4):
        (tmp_path / f"s{number}").mkdir()
    found = await asyncio.gather(*(processes.read(order(scratch=str(tmp_path / f"s{n}"))) for n in range(4)))
    assert {each.row_count for each in found} == {36}
    assert len(processes._idle) == 1


async def test_a_caller_who_leaves_ends_the_reading(processes, order):
    await processes.read(order())
    process = processes._idle[0]
    os.kill(process.pid, signal.SIGSTOP)
    reading = asyncio.ensure_future(processes.read(order()))
    await asyncio.sleep(0.1)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not session_members(process.pid)
    assert (await processes.read(order())).row_count == 36


async def test_a_process_that_is_killed_is_replaced(processes, order):
    await processes.read(order())
    os.kill(processes._idle[0].pid, signal.SIGKILL)
    with pytest.raises(Unavailable, match="send it again"):
        await processes.read(order())
    assert (await processes.read(order())).row_count == 36


async def test_secrets_of_the_server_do_not_reach_it(processes, order, monkeypatch):
    monkeypatch.setenv("AUTOML_TL_DATABASE", "postgresql://u:hunter2@h/d")
    await processes.read(order())
    assert b"hunter2" not in Path(f"/proc/{processes._idle[0].pid}/environ").read_bytes()


async def test_nothing_is_left_at_the_end(order):
    processes = IntakeProcesses(2)
    await processes.read(order())
    pid = processes._idle[0].pid
    await processes.close()
    assert not session_members(pid)


@pytest.mark.parametrize(
    ("answer", "ended", "kind", "text"),
    [
        ({}, -signal.SIGSEGV, DatasetError, "damaged or hostile"),
        ({}, -signal.SIGKILL, LimitExceeded, "memory"),
        ({}, -signal.SIGXCPU, LimitExceeded, "1800 s"),
        ({"memory": True}, 0, LimitExceeded, "4096 MiB"),
        ({"errno": 28, "failure": "..."}, 0, OSError, "No space"),
        ({"failure": "Traceback /a/path"}, 0, RuntimeError, "reading a data set failed"),
        ({"reason": "WHAT_IS_THIS", "message": "x", "field": ""}, 0, DatasetError, "x"),
    ],
)
def test_every_end_has_its_error(answer, ended, kind, text, order):
    with pytest.raises(kind, match=text):
        raise _why_not(answer, ended, order())


async def test_pictures_are_read_by_the_same_processes(processes, order, tmp_path):
    """Beside data sets."""
    file = tmp_path / "some.png"
    Image.new("RGB", (4, 4)).save(file)
    await processes.read_picture(order(path=str(file), picture=True))
    assert (tmp_path / "scratch" / PICTURE).is_file()
    with pytest.raises(DatasetError, match="not an image"):
        await processes.read_picture(order(picture=True))
    assert (await processes.read(order())).row_count == 36
    assert len(processes._idle) == 1
