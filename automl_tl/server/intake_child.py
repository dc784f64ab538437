"""``python -m automl_tl.server.intake_child`` reads foreign files, so that the server need not.

It imports the readers once, then forks for every order, so that what one file breaks harms neither the server nor
the next file. An order is one line of JSON on standard input; answers are lines on standard output: what was read,
or why not, then how the child ended; only then comes the next order. It ends when standard input does.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import resource
import select
import signal
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from automl_tl.data.dataset import Dataset, RowIssue
from automl_tl.data.limits import Limits
from automl_tl.data.load import load_dataset
from automl_tl.data.modalities.base import modalities
from automl_tl.data.modalities.pixels import UnreadableImage, read_image
from automl_tl.data.sources.base import dataset_sources, fetch_dataset
from automl_tl.data.sources.file import open_path
from automl_tl.data.sources.object_store import bring
from automl_tl.errors import AutomlError, DatasetError
from automl_tl.json_codec import from_plain, to_plain
from automl_tl.pipeline.columns import ColumnSummary, summarise_columns

__all__ = ["PICTURE", "Order", "ReadDataset", "fetch", "main", "read", "read_picture"]

PICTURE = "picture.png"
"""What a picture becomes, in the order's scratch directory."""

_ISSUES = 100
_OPEN_FILES = 512
_PR_SET_PDEATHSIG = 1
_NO_MEMORY = ("new thread", "failed to map segment", "cannot allocate memory")
"""How a thread's stack or a library says that there is no memory for it."""


@dataclass(frozen=True)
class Order:
    """What to read: an upload at ``path``, or what lies at ``uri``; or one ``picture`` at ``path``.

    Or what to ``fetch`` from an object store at ``uri``, which whoever reads foreign files has no credentials for.

    Attributes
    ----------
    scratch
        An existing directory to write to.
    file_name
        What the sender calls the file.
    roots, hosts, stores
        Where data may lie that is named by a URI.
    memory_bytes, cpu_seconds
        What the child may use, its interpreter included.
    """

    scratch: str
    path: str = ""
    uri: str = ""
    file_name: str = ""
    modality: str = ""
    picture: bool = False
    fetch: bool = False
    limits: Limits = field(default_factory=Limits)
    roots: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    memory_bytes: int = 4 << 30
    cpu_seconds: int = 1800


@dataclass(frozen=True)
class ReadDataset:
    """What a record tells of a dataset; ``file_bytes`` is the size of all its files."""

    digest: str
    modality: str
    columns: tuple[ColumnSummary, ...]
    row_count: int
    issues: tuple[RowIssue, ...]
    issue_count: int
    file_bytes: int


def read(order: Order) -> ReadDataset:
    """Read a dataset in this process; raises DatasetError, LimitExceeded or Unavailable."""
    scratch, limits = Path(order.scratch), order.limits
    if order.path:
        root = open_path(Path(order.path), scratch, limits, name=order.file_name)
    else:
        # Of an empty URI too: it must not come to mean the directory in which we happen to be.
        roots = tuple(map(Path, order.roots))
        root = fetch_dataset(order.uri, scratch, limits, roots=roots, hosts=order.hosts, stores=())
    return _told(load_dataset(root, modality=order.modality, limits=limits))


def fetch(order: Order) -> str:
    """Copy what lies in an object store to the scratch directory and return where; raises as :func:`read`."""
    return str(bring(order.uri, Path(order.scratch), order.limits, stores=order.stores))


def read_picture(order: Order) -> str:
    """Decode a picture as data sets are, and write its pixels as ``picture.png``; returns that name.

    Raises DatasetError if it cannot be decoded or is too large.
    """
    from PIL import Image

    try:
        pixels = read_image(Path(order.path), order.limits)
    except UnreadableImage as error:
        raise DatasetError(f"image: {error}", field="image") from None
    Image.fromarray(pixels).save(Path(order.scratch) / PICTURE, format="PNG")
    return PICTURE


def main() -> None:
    """Carry out orders until there are no more."""
    preload()
    for line in iter(sys.stdin.buffer.readline, b""):
        child = os.fork()
        if child == 0:
            _carry_out(line)
        _say(_wait(child))


def preload() -> None:
    """Import now what every child would import."""
    from PIL import Image

    Image.init()
    assert modalities.names()
    assert dataset_sources.names()
    for reader in ("delimited", "json_lines", "parquet"):
        import_module(f"automl_tl.data.tables.{reader}")


def _carry_out(line: bytes) -> None:
    """Do one order and leave the process, whatever happens."""
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        order = from_plain(Order, json.loads(line))
        _confine(order)
        _say(_answer(order))
        os._exit(0)
    except BaseException:
        os._exit(1)


def _answer(order: Order) -> Mapping[str, Any]:
    try:
        if order.fetch:
            return {"fetched": fetch(order)}
        return {"picture": read_picture(order)} if order.picture else {"dataset": to_plain(read(order))}
    except AutomlError as error:
        return {"reason": error.reason, "message": error.message, "field": error.field}
    except MemoryError:
        return {"memory": True}
    except (RuntimeError, ImportError) as error:
        if any(sign in str(error) for sign in _NO_MEMORY):
            return {"memory": True}
        return {"failure": traceback.format_exc()}
    except OSError as error:
        if error.errno == errno.ENOMEM:
            return {"memory": True}
        return {"errno": error.errno or 0, "failure": traceback.format_exc()}
    except Exception:
        return {"failure": traceback.format_exc()}


def _confine(order: Order) -> None:
    """Limit what the process may use; the kernel holds it to that."""
    for kind, most in (
        (resource.RLIMIT_AS, order.memory_bytes),
        (resource.RLIMIT_CPU, order.cpu_seconds),
        (resource.RLIMIT_FSIZE, order.limits.max_bytes),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def _wait(child: int) -> Mapping[str, float]:
    """Return how the child ended, its exit status or minus the signal, and what it used.

    If nobody listens any more, that ends it.
    """
    ended = os.pidfd_open(child)
    try:
        ready, _, _ = select.select([ended, sys.stdin], [], [])
        if ended not in ready:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            sys.exit(0)
        _, status, used = os.wait4(child, 0)
        return {
            "ended": os.waitstatus_to_exitcode(status),
            "peak_bytes": used.ru_maxrss * 1024,
            "cpu_seconds": round(used.ru_utime + used.ru_stime, 3),
        }
    finally:
        os.close(ended)


def _say(answer: Mapping[str, Any]) -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _told(dataset: Dataset) -> ReadDataset:
    return ReadDataset(
        digest=dataset.digest,
        modality=dataset.modality,
        columns=summarise_columns(dataset),
        row_count=len(dataset),
        issues=dataset.issues[:_ISSUES],
        issue_count=len(dataset.issues),
        file_bytes=sum(path.stat().st_size for path in dataset.root.rglob("*") if path.is_file()),
    )


if __name__ == "__main__":
    main()
