"""Where processes of one machine keep files that no other sees; what a dead process leaves, the next erases."""

from __future__ import annotations

import fcntl
import functools
import os
import shutil
import tempfile
import uuid
from dataclasses import dataclass
from io import BufferedWriter
from pathlib import Path

from automl_tl.directories import make_directory
from automl_tl.errors import FailedPrecondition

__all__ = ["NODE_DIRECTORY_VARIABLE", "Held", "hold", "node_directory", "process_directory", "sweep"]

NODE_DIRECTORY_VARIABLE = "AUTOML_TL_NODE_DIRECTORY"
"""Names the directory of a node; without it there is one below the machine's temporary directory."""

_LOCK = ".lock"


@dataclass(frozen=True)
class Held:
    """A directory that nobody sweeps as long as this process lives."""

    path: Path
    lock: BufferedWriter


def node_directory() -> Path:
    """Return this machine's directory, readable by its owner only.

    Raises
    ------
    FailedPrecondition
        If it belongs to somebody else.
    """
    chosen = os.environ.get(NODE_DIRECTORY_VARIABLE)
    path = Path(chosen) if chosen else Path(tempfile.gettempdir()) / f"automl-tl-{os.getuid()}"
    make_directory(path, mode=0o700)
    if path.lstat().st_uid != os.getuid():
        raise FailedPrecondition(
            f"{path} belongs to another user; set {NODE_DIRECTORY_VARIABLE} to a directory of your own"
        )
    return path


def process_directory() -> Path:
    """Return the directory of this process; it lasts until another process finds this one dead."""
    return _of_this_process().path


@functools.cache
def _of_this_process() -> Held:
    folder = node_directory() / "processes"
    sweep(folder)
    held = hold(folder / uuid.uuid4().hex, shared=False)
    held.path.mkdir(mode=0o700)
    return held


def hold(path: Path, *, shared: bool = True) -> Held:
    """Keep ``path``, which need not exist yet, from being swept; several processes may if it is ``shared``."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = path.with_name(f"{path.name}{_LOCK}")
    while True:
        handle = lock.open("ab")
        fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        if _is(handle, lock):
            return Held(path, handle)
        handle.close()  # swept between opening and locking


def sweep(folder: Path) -> int:
    """Erase every directory of a folder that was held and is not any more; returns how many there were."""
    count = 0
    for lock in folder.glob(f"*{_LOCK}"):
        try:
            with lock.open("ab") as handle:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is(handle, lock):
                    shutil.rmtree(lock.with_name(lock.name.removesuffix(_LOCK)), ignore_errors=True)
                    lock.unlink()
                    count += 1
        except OSError:
            continue  # held, or just gone
    return count


def _is(handle: BufferedWriter, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle.fileno()), path.stat())
    except FileNotFoundError:
        return False
