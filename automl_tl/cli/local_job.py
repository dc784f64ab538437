"""Run one job in this process and show how it goes: what ``run`` and ``rank`` share."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from automl_tl.cli.display import JobDisplay
from automl_tl.cli.interrupts import cancel_on_interrupt
from automl_tl.cli.outcome import Outcome, read_result, search_trials
from automl_tl.pipeline.events import BEST_SO_FAR
from automl_tl.pipeline.spec import JobSpec

__all__ = ["run_here"]

_PATHS = {"report": "report.html", "report_json": "report.json", "ranking": "ranking.json"}


def run_here(data: str | Path, spec: JobSpec, *, out: Path) -> Outcome:
    """Run a job on ``data`` with a live picture on standard error and put its files into ``out``."""
    from automl_tl.worker.local import run_local

    display = JobDisplay.of(spec)
    command = shlex.join(["automl-tl", *sys.argv[1:]])
    with cancel_on_interrupt(lambda: click.echo("cancelling ...", err=True)) as cancelled, display:
        done = run_local(
            data, spec, out=out, on_event=display, cancelled=cancelled, on_fetch=display.fetching, command=command
        )
    return Outcome(
        job=done.job,
        state=str(done.state),
        stop_reason=str(done.stop_reason or ""),
        error=done.error or "",
        error_reason=done.error_reason,
        result=read_result(done.summary or {}),
        seconds=done.seconds,
        trials=search_trials(display.progress.trials.values()),
        paths=_paths(collect(done.files, out)),
    )


def collect(files: Mapping[str, Path], out: Path) -> dict[str, Path]:
    """Copy files and directories that do not lie directly in ``out`` there, and return all paths by name."""
    collected = {}
    for name, source in files.items():
        target = out / name
        if source.resolve() != target.resolve():
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True)
            else:
                shutil.copyfile(source, target)
        collected[name] = target
    return collected


def _paths(files: Mapping[str, Path]) -> dict[str, str]:
    paths = {key: str(files[name]) for key, name in _PATHS.items() if name in files}
    final = (path for name, path in files.items() if name.partition(".")[0] == "model")
    # A job that was stopped leaves the best model until then.
    model = next(final, files.get(BEST_SO_FAR))
    return {**paths, "model_path": str(model)} if model else paths
