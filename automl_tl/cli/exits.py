"""Exit codes, and how an error becomes words on standard error instead of a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import IntEnum

import click

from automl_tl import errors
from automl_tl.pipeline.spec import JobState

__all__ = ["INTERRUPTED", "Exit", "exit_code", "exit_of_state", "worded_errors"]


class Exit(IntEnum):
    """What the command's exit code means."""

    DONE = 0
    JOB_FAILED = 1
    USAGE = 2
    UNAVAILABLE = 3


INTERRUPTED = 130
"""What shells expect of a command that Ctrl-C ended: 128 and the number of SIGINT."""

_USAGE = (errors.InvalidInput, errors.NotFound, errors.AlreadyExists, errors.LimitExceeded)


def _reasons(kinds: Iterable[type[errors.AutomlError]]) -> Iterator[str]:
    for kind in kinds:
        yield kind.reason
        yield from _reasons(kind.__subclasses__())


_USAGE_REASONS = frozenset(_reasons(_USAGE))
"""Reasons of errors that name what the caller sent; a job keeps the reason only, not the error."""


def exit_code(error: errors.AutomlError) -> Exit:
    """Return USAGE for what the caller can correct, UNAVAILABLE for a service that is away, else JOB_FAILED."""
    if isinstance(error, errors.Unavailable):
        return Exit.UNAVAILABLE
    return Exit.USAGE if isinstance(error, _USAGE) else Exit.JOB_FAILED


def exit_of_state(state: str, reason: str = "") -> Exit:
    """Return the exit code of a job in this state; ``reason`` is that of its error, "" without one."""
    if state == JobState.SUCCEEDED:
        return Exit.DONE
    return Exit.USAGE if state == JobState.FAILED and reason in _USAGE_REASONS else Exit.JOB_FAILED


@contextmanager
def worded_errors() -> Iterator[None]:
    """Turn an error raised on purpose into its text on standard error and its exit code."""
    try:
        yield
    except errors.AutomlError as error:
        place = f" [{error.field}]" if error.field and error.field not in error.message else ""
        click.echo(f"error: {error.message}{place}", err=True)
        sys.exit(exit_code(error))
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("automl_tl", ""):
            raise
        click.echo(
            f"error: this command needs {error.name}, which a client-only installation leaves out; "
            "install 'automl-tl[all]'",
            err=True,
        )
        sys.exit(Exit.USAGE)
