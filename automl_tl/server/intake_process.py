"""Foreign files are read in a process of their own, under limits that the kernel enforces."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from automl_tl import errors
from automl_tl.errors import AutomlError, DatasetError, LimitExceeded, Unavailable
from automl_tl.json_codec import from_plain, to_plain
from automl_tl.server.intake_child import Order, ReadDataset

__all__ = ["IntakeProcesses"]

_LOG = logging.getLogger(__name__)

_KEPT = (
    "PATH",
    "PYTHONPATH",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "AUTOML_TL_FINGERPRINTS",
)
"""Variables that the process gets; others may hold passwords of databases and clouds."""

_CLOUDS = ("AWS_", "GOOGLE_", "CLOUDSDK_", "AZURE_", "FSSPEC_", "STORAGE_EMULATOR_")
_NETWORK = ("HOME", "XDG_CONFIG_HOME", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE")
"""What a process gets besides that copies from object stores: it opens no foreign file."""

_LONGEST_ANSWER = 64 << 20


class IntakeProcesses:
    """Reads data sets, at most ``count`` at once; others wait for their turn.

    A process starts when it is first needed and serves many orders, each in a child of its own.

    Parameters
    ----------
    clouds
        Whether they get the credentials of this process for object stores: to fetch, and for nothing else.
    """

    def __init__(self, count: int = 2, *, clouds: bool = False) -> None:
        self._clouds = clouds
        self._turns = asyncio.Semaphore(count)
        self._idle: list[Process] = []

    async def read(self, order: Order) -> ReadDataset:
        """Return what was read. Cancelling the call ends the reading at once.

        Raises
        ------
        DatasetError, LimitExceeded, Unavailable
            As the readers do; LimitExceeded also beyond the order's memory and time, DatasetError also for data
            that crashes them.
        """
        answer, ended = await self._carry_out(order)
        if "dataset" in answer:
            return from_plain(ReadDataset, answer["dataset"])
        raise _why_not(answer, ended, order)

    async def read_picture(self, order: Order) -> None:
        """Decode a picture into the order's scratch directory; raises as :meth:`read`."""
        answer, ended = await self._carry_out(order)
        if "picture" not in answer:
            raise _why_not(answer, ended, order)

    async def fetch(self, order: Order) -> str:
        """Return where in the order's scratch directory the copy lies of what it names; raises as :meth:`read`."""
        answer, ended = await self._carry_out(order)
        if "fetched" not in answer:
            raise _why_not(answer, ended, order)
        return str(answer["fetched"])

    async def _carry_out(self, order: Order) -> tuple[Mapping[str, Any], int]:
        async with self._turns:
            process = self._idle.pop() if self._idle else await _start(_environment(self._clouds))
            try:
                answer, ended = await _exchange(process, order)
            except BaseException:
                await _end(process)
                raise
            self._idle.append(process)
        return answer, ended

    async def close(self) -> None:
        """End every process."""
        while self._idle:
            await _end(self._idle.pop())


def _environment(clouds: bool) -> dict[str, str]:
    kept = {name: value for name in _KEPT if (value := os.environ.get(name)) is not None}
    if clouds:
        kept |= {
            name: value
            for name, value in os.environ.items()
            if name.startswith(_CLOUDS) or name.upper() in _NETWORK
        }
    return kept


async def _start(environment: Mapping[str, str]) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "automl_tl.server.intake_child",
        stdin=PIPE,
        stdout=PIPE,
        # What decoders print about foreign files is of no use to anybody.
        stderr=DEVNULL,
        env={**environment, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        start_new_session=True,
        limit=_LONGEST_ANSWER,
    )


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


async def _exchange(process: Process, order: Order) -> tuple[Mapping[str, Any], int]:
    """Return what the child said, {} if it did not come to that, and how it ended."""
    assert process.stdin is not None
    assert process.stdout is not None
    answer: Mapping[str, Any] = {}
    try:
        process.stdin.write(json.dumps(to_plain(order)).encode() + b"\n")
        await process.stdin.drain()
        while line := await process.stdout.readline():
            said = json.loads(line)
            if "ended" in said:
                _LOG.debug("read a data set: %s", said)
                return answer, int(said["ended"])
            answer = said
    except (OSError, ValueError) as error:
        raise Unavailable("the process that reads data sets failed; send it again") from error
    raise Unavailable("the process that reads data sets ended; send it again")


def _why_not(answer: Mapping[str, Any], ended: int, order: Order) -> Exception:
    """Return the error that tells why there is no result."""
    if "reason" in answer:
        kind = next((each for each in _kinds() if each.reason == answer["reason"]), DatasetError)
        return kind(answer["message"], field=answer["field"])
    if answer.get("memory") or ended == -signal.SIGKILL:
        return LimitExceeded(
            f"reading the data takes more than {order.memory_bytes >> 20} MiB of memory; send less"
        )
    if ended == -signal.SIGXCPU:
        return LimitExceeded(f"reading the data takes more than {order.cpu_seconds} s; send less")
    if answer.get("errno"):
        return OSError(answer["errno"], os.strerror(answer["errno"]))
    if "failure" in answer:
        _LOG.error("reading a data set failed:\n%s", answer["failure"])
        return RuntimeError("reading a data set failed")
    _LOG.warning("data crashed its reader, which ended with %d", ended)
    return DatasetError("the data crashes the program that reads it; a file in it is damaged or hostile")


def _kinds() -> list[type[AutomlError]]:
    return [getattr(errors, name) for name in errors.__all__]
