"""What an operator says about the resources of trials, as options of the commands that start workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from automl_tl.worker.trial_shape import TrialShape

__all__ = ["trial_options", "trial_words"]

Command = TypeVar("Command", bound=Callable[..., Any])


def trial_options(command: Command) -> Command:
    """Add what trials and drivers ask a Ray for, where a worker cannot find out; by variable too, for nodes."""
    options = (
        click.option(
            "--trial-cpus",
            envvar="AUTOML_TL_TRIAL_CPUS",
            type=click.FloatRange(min=0, min_open=True),
            help="Processors for a trial.  [default: 1]",
        ),
        click.option(
            "--trial-gpus",
            envvar="AUTOML_TL_TRIAL_GPUS",
            type=click.FloatRange(min=0),
            help="GPUs for a trial, or a share of one.  [default: those of the worker's machine, shared out]",
        ),
        click.option(
            "--trial-accelerator",
            envvar="AUTOML_TL_TRIAL_ACCELERATOR",
            metavar="TYPE",
            help="Type of GPU as Ray names it, such as H200, where a job names none.  [default: any]",
        ),
        click.option(
            "--trials-at-once",
            envvar="AUTOML_TL_TRIALS_AT_ONCE",
            type=click.IntRange(1),
            help="Trials begun at least, for a cluster that grows.  [default: the worker's processors]",
        ),
        click.option(
            "--driver-gpus",
            envvar="AUTOML_TL_DRIVER_GPUS",
            type=click.FloatRange(min=0),
            help="Behind a Jobs API: GPUs, or a share of one, to retrain and explain with.  [default: none]",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def trial_words(
    trial_cpus: float | None,
    trial_gpus: float | None,
    trial_accelerator: str | None,
    trials_at_once: int | None,
    driver_gpus: float | None,
) -> list[str]:
    """Return what was said, as a worker's own options; raises InvalidInput as TrialShape does."""
    return TrialShape(trial_cpus, trial_gpus, trials_at_once, trial_accelerator or "", driver_gpus).words()
