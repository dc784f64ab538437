"""``python -m automl_tl.worker``: one worker process."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from automl_tl.store.places import BLOB_STORE_VARIABLE, DATABASE_VARIABLE, Places
from automl_tl.structured_log import FORMATS, set_up_logging
from automl_tl.worker.loop import run_worker

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a worker until SIGTERM or SIGINT, or until its parent is gone; returns the exit code."""
    options = _parser().parse_args(arguments)
    set_up_logging(level=logging.INFO, form=options.log_format)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    parent = os.getppid()
    run_worker(
        options.data_dir,
        stop=stop,
        once=options.once,
        job=options.job,
        ray_address=options.ray_address,
        orphaned=lambda: options.with_parent and os.getppid() != parent,
        places=Places(options.database, options.blob_store),
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m automl_tl.worker", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True, help="the service's data directory")
    # From the environment too: everybody on the machine sees command lines, and a URL may hold a password.
    for name, variable, text in (
        (
            "--database",
            DATABASE_VARIABLE,
            "URL of the ledger's database; empty takes the file in the data directory",
        ),
        ("--blob-store", BLOB_STORE_VARIABLE, "URL of the blob store; empty takes blobs/ in the data directory"),
    ):
        parser.add_argument(name, default=os.environ.get(variable, ""), help=f"{text} ({variable})")
    parser.add_argument("--once", action="store_true", help="end after the first job")
    parser.add_argument("--job", default="", help="take only this job (resource name)")
    parser.add_argument("--ray-address", default="", help="address of a Ray cluster; empty starts a local Ray")
    parser.add_argument("--log-format", choices=FORMATS, default="text", help="how log lines are written")
    parser.add_argument("--with-parent", action="store_true", help="end when the starting process is gone")
    return parser


if __name__ == "__main__":
    sys.exit(main())
