"""One server per data directory: a second one would erase the uploads of the first."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from automl_tl.errors import FailedPrecondition

__all__ = ["DirectoryLock"]


class DirectoryLock:
    """Held while the server runs; the kernel lets go of it however the process ends."""

    def __init__(self, path: Path) -> None:
        self._handle: IO[str] = path.open("w")
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._handle.close()
            raise FailedPrecondition(
                f"another server uses the data directory {path.parent}; stop it, or choose another directory"
            ) from None

    def release(self) -> None:
        """Let the next server in."""
        self._handle.close()
