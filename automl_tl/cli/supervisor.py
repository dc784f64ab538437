"""Keep worker processes alive while the service runs, and leave none behind."""

from __future__ import annotations

import asyncio
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from automl_tl.cli.sessions import end_session

__all__ = ["Supervisor"]


@dataclass(frozen=True)
class Supervisor:
    """Starts ``count`` processes and starts each again when it dies.

    Attributes
    ----------
    command
        Program with arguments; gets its own session, so that Ctrl-C on a terminal reaches the service only and
        whatever the process starts can be found.
    say
        Takes one line for people.
    grace
        Seconds between SIGTERM and SIGKILL; a worker needs a few to give its job back and to end its trials.
    first_delay, longest_delay
        Seconds before a start after a death; doubled each time until a process lives for ``healthy`` seconds.
    """

    command: Sequence[str]
    count: int
    say: Callable[[str], None]
    grace: float = 15.0
    first_delay: float = 1.0
    longest_delay: float = 60.0
    healthy: float = 60.0

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the processes alive until ``stop`` is set; none is left when this returns."""
        await asyncio.gather(*(self._keep(number, stop) for number in range(1, self.count + 1)))

    async def _keep(self, number: int, stop: asyncio.Event) -> None:
        delay = self.first_delay
        while not stop.is_set():
            started = time.monotonic()
            process = await asyncio.create_subprocess_exec(*self.command, stdin=DEVNULL, start_new_session=True)
            try:
                await _first_of(process.wait(), stop.wait())
            finally:
                await self._end(process)
            if stop.is_set():
                return
            if time.monotonic() - started >= self.healthy:
                delay = self.first_delay
            self.say(f"worker {number} ended with code {process.returncode}; starting it again in {delay:.0f} s")
            await _first_of(asyncio.sleep(delay), stop.wait())
            delay = min(2.0 * delay, self.longest_delay)

    async def _end(self, process: Process) -> None:
        """Ask the process to end, wait, then kill what is left of its session."""
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(process.wait(), self.grace)
        end_session(process.pid)
        await process.wait()


async def _first_of(*waits: Coroutine[Any, Any, Any]) -> None:
    """Return when one of the waits is over; the others are cancelled."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
