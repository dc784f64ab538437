"""Bytes on their way, with a bar on terminals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from automl_tl.data.sources.base import fetch_dataset, scheme_of

__all__ = ["fetch_with_bar", "transfer_bar"]


@contextmanager
def transfer_bar(word: str, console: Console | None = None) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that takes (bytes done, bytes in all) and moves the bar; files may follow each other."""
    console = console or Console(stderr=True)
    columns = (TextColumn(word), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(word, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def fetch_with_bar(data: str, workdir: Path) -> Path:
    """Return a folder with the content of a path or of an address, from which it is copied to ``workdir``.

    Raises
    ------
    DatasetError, LimitExceeded, Unavailable
        As :meth:`automl_tl.data.sources.base.DatasetSource.fetch` does.
    """
    if scheme_of(data) == "file":
        return fetch_dataset(data, workdir)
    with transfer_bar("fetch") as on_progress:
        return fetch_dataset(data, workdir, progress=on_progress)
