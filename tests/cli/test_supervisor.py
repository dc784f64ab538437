"""Workers are started again when they die, and nothing of them is left at the end."""

import asyncio
import sys
import time

from automl_tl.cli.sessions import session_members
from automl_tl.cli.supervisor import Supervisor

LONG = "import time; open(r'{log}', 'a').write(str(__import__('os').getpid()) + '\\n'); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + LONG
SHORT = "open(r'{log}', 'a').write('x\\n'); raise SystemExit(7)"


async def lines_of(path, number):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if path.exists() and len(path.read_text().splitlines()) >= number:
            return path.read_text().splitlines()
        await asyncio.sleep(0.02)
    raise AssertionError("the workers did not start")


def supervisor(code, log, **options):
    said = []
    command = [sys.executable, "-c", code.format(log=log)]
    return Supervisor(command, **{"count": 1, "say": said.append, "first_delay": 0.01, **options}), said


async def test_as_many_as_asked_run_and_all_end(tmp_path):
    watch, said = supervisor(LONG, tmp_path / "log", count=2)
    stop = asyncio.Event()
    task = asyncio.create_task(watch.run(stop))
    processes = {int(line) for line in await lines_of(tmp_path / "log", 2)}
    assert len(processes) == 2
    stop.set()
    await asyncio.wait_for(task, 20)
    assert all(session_members(process) == () for process in processes)
    assert said == []


async def test_one_that_dies_is_started_again_and_that_is_said(tmp_path):
    watch, said = supervisor(SHORT, tmp_path / "log", longest_delay=0.02)
    stop = asyncio.Event()
    task = asyncio.create_task(watch.run(stop))
    await lines_of(tmp_path / "log", 3)
    stop.set()
    await asyncio.wait_for(task, 20)
    assert said[0].startswith("worker 1 ended with code 7; starting it again")


async def test_one_that_ignores_the_request_is_killed(tmp_path):
    watch, _ = supervisor(STUBBORN, tmp_path / "log", grace=0.2)
    stop = asyncio.Event()
    task = asyncio.create_task(watch.run(stop))
    (process,) = await lines_of(tmp_path / "log", 1)
    stop.set()
    await asyncio.wait_for(task, 20)
    assert session_members(int(process)) == ()


async def test_waiting_for_the_next_start_does_not_delay_the_end(tmp_path):
    watch, _ = supervisor(SHORT, tmp_path / "log", first_delay=60.0)
    stop = asyncio.Event()
    task = asyncio.create_task(watch.run(stop))
    await lines_of(tmp_path / "log", 1)
    await asyncio.sleep(0.2)
    stop.set()
    await asyncio.wait_for(task, 10)


async def test_none_asked_for_is_none_started(tmp_path):
    watch, _ = supervisor(LONG, tmp_path / "log", count=0)
    await asyncio.wait_for(watch.run(asyncio.Event()), 5)
    assert not (tmp_path / "log").exists()
