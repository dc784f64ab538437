"""Two ways to have no space left: a small file system of one's own, and a limit set by the kernel."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crash_harness.processes import Cluster


@contextmanager
def small_file_system(place: Path, megabytes: int) -> Iterator[bool]:
    """Mount a small file system; yields False where this process may not."""
    place.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
    mounted = os.getuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(place)], check=False)


class Filler:
    """A file that takes all that is left of a file system."""

    def __init__(self, place: Path) -> None:
        self._path = place / "filler"

    def fill(self) -> None:
        with self._path.open("wb", buffering=0) as handle, contextlib.suppress(OSError):
            # In ever smaller pieces, to the last byte.
            for size in (1 << 20, 1 << 12, 1):
                with contextlib.suppress(OSError):
                    while handle.write(bytes(size)) == size:
                        pass

    def empty(self) -> None:
        self._path.unlink()


class Limit:
    """A file-size limit of zero for every process: each write to a file fails, as on a full disk (EFBIG)."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def fill(self) -> None:
        self._set(0)

    def empty(self) -> None:
        self._set(resource.RLIM_INFINITY)

    def _set(self, size: int) -> None:
        for process in (*self._cluster.servers, *self._cluster.workers):
            _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard if size else 0, hard))
