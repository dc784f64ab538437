"""Where people read: a terminal as wide as it is, a file or pipe wide enough for whole tables."""

from __future__ import annotations

import sys

from rich.console import Console

__all__ = ["WIDE", "is_wide", "standard_output"]

WIDE = 120
"""Columns from which tables show everything they know."""

_FILE = 160


def standard_output(*, stderr: bool = False) -> Console:
    """Return a console on standard output, or on standard error."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr) if stream.isatty() else Console(stderr=stderr, width=_FILE)


def is_wide(console: Console) -> bool:
    """Return whether wide tables fit."""
    return console.width >= WIDE
