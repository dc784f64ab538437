"""A bar for bytes on their way, on terminals only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

__all__ = ["transfer_bar"]


@contextmanager
def transfer_bar(word: str, console: Console | None = None) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that takes (bytes done, bytes in all) and moves the bar; files may follow each other."""
    console = console or Console(stderr=True)
    columns = (TextColumn(word), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(word, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
