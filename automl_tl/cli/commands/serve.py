"""``automl-tl serve``: the service and its workers, one command for a whole system."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from automl_tl.cli.fate import command_line
from automl_tl.cli.options import data_dir_option, places_options, ray_option, work_store_option
from automl_tl.cli.server_options import build_config, server_options
from automl_tl.cli.supervisor import Supervisor
from automl_tl.cli.trial_options import trial_options, trial_words
from automl_tl.distributed.place import PlaceKind, RayPlace
from automl_tl.errors import InvalidInput
from automl_tl.structured_log import FORMATS, set_up_logging

if TYPE_CHECKING:
    from automl_tl.server.app import RunningServer
    from automl_tl.server.config import ServerConfig

__all__ = ["command", "serve_with_workers"]

_WORKER_PACKAGES = ("torch", "ray")


@click.command()
@data_dir_option
@places_options
@work_store_option
@click.option("--workers", type=click.IntRange(0, 64), default=1, show_default=True, help="Jobs at a time.")
@ray_option
@trial_options
@server_options
@click.option("--log-format", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--verbose", is_flag=True, help="Log more.")
def command(
    data_dir: Path,
    database: str,
    blob_store: str,
    work_store: str,
    workers: int,
    ray: str,
    trial_cpus: float | None,
    trial_gpus: float | None,
    trial_accelerator: str | None,
    trials_at_once: int | None,
    driver_gpus: float | None,
    log_format: str,
    verbose: bool,
    **options: Any,
) -> None:
    """Start the service and its workers; Ctrl-C stops everything.

    A worker that dies is started again; its job goes on at the first stage that was not finished.
    """
    from automl_tl.store.places import BLOB_STORE_VARIABLE, DATABASE_VARIABLE, WORK_STORE_VARIABLE, Places

    handing_over = RayPlace.parse(ray).kind is PlaceKind.JOBS
    if workers and not handing_over:
        _require_worker_packages()
    set_up_logging(level=logging.INFO if verbose else logging.WARNING, form=log_format)
    config = build_config(data_dir, Places(database, blob_store), **options)
    arguments = ["--data-dir", str(config.data_dir), "--ray", ray, "--with-parent"]
    arguments += ["--log-format", log_format]
    arguments += trial_words(trial_cpus, trial_gpus, trial_accelerator, trials_at_once, driver_gpus)
    if workers and handing_over:
        # One process looks after as many jobs on the cluster as there would be workers here.
        arguments += ["--at-once", str(workers)]
        workers = 1
    # Workers inherit these; on their command lines everybody on this machine could read a password.
    places = {DATABASE_VARIABLE: database, BLOB_STORE_VARIABLE: blob_store, WORK_STORE_VARIABLE: work_store}
    os.environ.update(places)
    asyncio.run(serve_with_workers(config, workers, command_line("automl_tl.worker", *arguments)))


def _require_worker_packages() -> None:
    """Say at once what a worker would die of again and again."""
    missing = [package for package in _WORKER_PACKAGES if find_spec(package) is None]
    if missing:
        raise InvalidInput(
            f"a worker needs {' and '.join(missing)}, which this installation leaves out; "
            "install 'automl-tl[worker]' or use --workers 0",
            field="workers",
        )


async def serve_with_workers(config: ServerConfig, workers: int, worker_command: Sequence[str]) -> None:
    """Serve until a signal comes; workers start once the server answers and are gone when this returns."""
    from automl_tl.server.app import serve

    stop, answers = asyncio.Event(), asyncio.Event()

    def ready(running: RunningServer) -> None:
        click.echo(f"listening on {running.address}, data in {config.data_dir}, {workers} worker(s)")
        for line in _also(running):
            click.echo(line)
        answers.set()

    server = asyncio.ensure_future(serve(config, ready=ready, stop=stop))
    waiting = asyncio.ensure_future(answers.wait())
    await asyncio.wait((server, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    supervisor = Supervisor(worker_command, workers if answers.is_set() else 0, _say)
    keeping = asyncio.ensure_future(supervisor.run(stop))
    try:
        await server
    finally:
        stop.set()
        await keeping


def _also(running: RunningServer) -> list[str]:
    """Return lines that say where else the service answers, and how safe it is."""
    config, operations = running.backend.config, running.operations
    host = config.target.rpartition(":")[0]
    lines = [f"metrics on http://{host}:{operations.metrics_port}/metrics"] if operations.metrics_port else []
    if operations.status_port:
        scheme = "http" if config.tls is None else "https"
        lines.append(f"status page on {scheme}://{host}:{operations.status_port}/")
    if not config.on_loopback and config.insecure:
        lines.append("WARNING: others can reach this service, and --insecure lets them read and change everything")
    return lines


def _say(line: str) -> None:
    click.echo(line, err=True)
