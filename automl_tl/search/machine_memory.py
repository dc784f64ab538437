"""What this machine has free for trials, and what its container leaves of that."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["free_bytes"]


@dataclass(frozen=True)
class _Accounts:
    """How one version of Linux control groups writes down the memory of a group.

    Attributes
    ----------
    folder
        Where the groups lie.
    limit, used
        Files with the most that a group may use, and with what it uses, page cache included.
    cache
        Line of ``memory.stat`` with the part of the page cache that is given up first, children included.
    """

    folder: str
    limit: str
    used: str
    cache: str


_V1 = _Accounts("sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_V2 = _Accounts("sys/fs/cgroup", "memory.max", "memory.current", "inactive_file")


def free_bytes(root: Path = Path("/")) -> float:
    """Return the bytes of memory that this process could still get; infinity where the system does not say.

    The page cache counts as free: it fills whatever nobody else uses, and is given up as soon as somebody does.

    Parameters
    ----------
    root
        Where ``proc`` and ``sys`` lie.
    """
    return min(_of_machine(root), _left_by_limits(root))


def _of_machine(root: Path) -> float:
    """Return what Linux expects to be available, or the pages that nobody uses where there is no such figure."""
    available = _line(root / "proc/meminfo", "MemAvailable:")
    if available is not None:
        return 1024.0 * available
    try:
        return float(os.sysconf("SC_AVPHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return math.inf


def _left_by_limits(root: Path) -> float:
    """Return what the control groups of this process leave it, infinity without a limit."""
    left = [_left(group, accounts) for accounts, path in _groups(root) for group in _chain(root, accounts, path)]
    return min(left, default=math.inf)


def _groups(root: Path) -> Iterator[tuple[_Accounts, str]]:
    """Yield the groups of this process, by path: ``4:memory:/a/b`` is of version 1, ``0::/a/b`` of version 2."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            yield _V2, path
        elif "memory" in controllers.split(","):
            yield _V1, path


def _chain(root: Path, accounts: _Accounts, path: str) -> Iterator[Path]:
    """Yield the folders of a group and of all that it is part of: each may have a limit.

    In a container the path can be the host's, of which only the last group is seen, as the outermost folder.
    """
    top = root / accounts.folder
    group = top / path.lstrip("/")
    yield group
    for above in group.parents:
        if not above.is_relative_to(top):
            return
        yield above


def _left(group: Path, accounts: _Accounts) -> float:
    limit, used = (_number(_text(group / name)) for name in (accounts.limit, accounts.used))
    if limit is None or used is None:  # "max", or no group at all
        return math.inf
    return max(0.0, limit - used + (_line(group / "memory.stat", accounts.cache) or 0.0))


def _line(path: Path, name: str) -> float | None:
    """Return the number of the line of a file that begins with this word."""
    words = (line.split() for line in _text(path).splitlines())
    return next((_number(line[1]) for line in words if len(line) > 1 and line[0] == name), None)


def _number(text: str) -> float | None:
    text = text.strip()
    return float(text) if text.isdecimal() else None


def _text(path: Path) -> str:
    """Return what a file says, "" where there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
