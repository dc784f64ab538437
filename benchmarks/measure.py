"""Measure one command as a whole process tree."""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Cost", "run"]


@dataclass(frozen=True)
class Cost:
    """What a command took: wall and CPU seconds, children included; peak memory of its largest process in MB."""

    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: float


def run(command: Sequence[str]) -> tuple[str, Cost]:
    """Run a command to its end and return its standard output and its cost; raises if it fails."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, Cost(wall, cpu, after.ru_maxrss / 1024)
