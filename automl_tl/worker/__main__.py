"""``python -m automl_tl.worker``: one worker process."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from automl_tl.distributed.place import PlaceKind, RayPlace
from automl_tl.errors import InvalidInput
from automl_tl.store.places import BLOB_STORE_VARIABLE, DATABASE_VARIABLE, WORK_STORE_VARIABLE, Places
from automl_tl.structured_log import FORMATS, set_up_logging
from automl_tl.worker.trial_shape import TrialShape

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a worker until SIGTERM or SIGINT, or until its parent is gone; returns the exit code."""
    options = _parser().parse_args(arguments)
    set_up_logging(level=logging.INFO, form=options.log_format)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    parent = os.getppid()
    run = _hand_over if options.ray.kind is PlaceKind.JOBS else _work_here
    run(options, stop, lambda: options.with_parent and os.getppid() != parent)
    return 0


def _work_here(options: argparse.Namespace, stop: threading.Event, orphaned: Callable[[], bool]) -> None:
    from automl_tl.worker.loop import run_worker

    run_worker(
        options.data_dir,
        stop=stop,
        once=options.once,
        job=options.job,
        ray_address=options.ray.address,
        shape=TrialShape.of(options),
        orphaned=orphaned,
        places=Places(options.database, options.blob_store, options.work_store),
    )


def _hand_over(options: argparse.Namespace, stop: threading.Event, orphaned: Callable[[], bool]) -> None:
    from automl_tl.worker.hand_over import hand_over

    hand_over(
        options.data_dir,
        options.ray,
        stop=stop,
        once=options.once,
        job=options.job,
        at_once=options.at_once,
        shape=TrialShape.of(options),
        orphaned=orphaned,
        places=Places(options.database, options.blob_store, options.work_store),
    )


def _place(text: str) -> RayPlace:
    try:
        return RayPlace.parse(text)
    except InvalidInput as error:
        raise argparse.ArgumentTypeError(error.message) from None


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
        (
            "--work-store",
            WORK_STORE_VARIABLE,
            "URL of the place where nodes leave their work for each other, or shared-disk; empty takes work/ in a "
            "blob store that is an object store",
        ),
    ):
        parser.add_argument(name, default=os.environ.get(variable, ""), help=f"{text} ({variable})")
    parser.add_argument("--once", action="store_true", help="end after the first job")
    parser.add_argument("--job", default="", help="take only this job (resource name)")
    parser.add_argument("--ray", type=_place, default=RayPlace(), help="where jobs run: local, auto or an address")
    parser.add_argument("--at-once", type=int, default=4, help="jobs in flight on a cluster behind a Jobs API")
    TrialShape.add_arguments(parser)
    parser.add_argument("--log-format", choices=FORMATS, default="text", help="how log lines are written")
    parser.add_argument("--with-parent", action="store_true", help="end when the starting process is gone")
    return parser


if __name__ == "__main__":
    sys.exit(main())
