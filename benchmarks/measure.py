"""Measure what runs in a process of its own: a command with its children, or one way of doing a thing."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Cost", "one_way", "run", "way_and_folder"]


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


def one_way(module: str, way: str, folder: Path) -> dict[str, float]:
    """Return what ``python -m module way folder`` prints last; raises if it fails.

    Peak memory is that of one way only where each has a process of its own.
    """
    answer: dict[str, float] = json.loads(
        run([sys.executable, "-m", module, way, str(folder)])[0].splitlines()[-1]
    )
    return answer


def way_and_folder(module: str) -> tuple[str, Path]:
    """Return the words of a command line that :func:`one_way` wrote: ``memory`` or ``stream``, and a folder."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}")
    parser.add_argument("way", choices=["memory", "stream"])
    parser.add_argument("folder", type=Path)
    words = parser.parse_args()
    return words.way, words.folder
