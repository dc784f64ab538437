"""Find and end every process of a session, so that a worker leaves nothing behind (Linux)."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

__all__ = ["end_session", "session_members"]

_SESSION = 3
"""Place of the session id in /proc/PID/stat, counted after the command name (proc(5), field 6)."""


def session_members(session: int) -> tuple[int, ...]:
    """Return the process ids of a session; zombies do not count."""
    members = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError, ValueError):
                # The command name may hold spaces and brackets; the last ")" ends it.
                fields = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
                if int(fields[_SESSION]) == session and fields[0] not in "ZX":
                    members.append(int(entry.name))
    return tuple(members)


def end_session(session: int) -> int:
    """Kill what is left of a session and return how many processes that were.

    A session id cannot be given to a new process while a member lives, so that no stranger is hit.
    """
    killed = 0
    while members := session_members(session):
        for process in members:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
                killed += 1
        if killed > 10_000:
            break
    return killed
