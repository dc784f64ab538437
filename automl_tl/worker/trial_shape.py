"""What an operator says about the resources of a trial, where a worker cannot find out by itself."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass

__all__ = ["TrialShape"]


@dataclass(frozen=True)
class TrialShape:
    """What one trial, and one task of probing, asks a Ray for; None leaves it to the worker.

    A worker sees the GPUs of its own machine only: on a cluster whose drivers run on machines without, and whose
    machines with GPUs start when asked for, somebody has to say that trials want one.

    Attributes
    ----------
    cpus, gpus
        For one trial; a share of a GPU lets several trials use it.
    at_once
        How many trials are begun at least, so that a cluster that can grow does.
    """

    cpus: float | None = None
    gpus: float | None = None
    at_once: int | None = None

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        """Add the options to a worker's command line."""
        parser.add_argument("--trial-cpus", type=float, default=None, help="processors for a trial (1)")
        parser.add_argument("--trial-gpus", type=float, default=None, help="GPUs for a trial, or a share of one")
        parser.add_argument(
            "--trials-at-once", type=int, default=None, help="trials begun at least (processors here)"
        )

    @classmethod
    def of(cls, options: Namespace) -> TrialShape:
        """Return what a command line says."""
        return cls(options.trial_cpus, options.trial_gpus, options.trials_at_once)

    def words(self) -> list[str]:
        """Return the options again, for the worker that a cluster runs."""
        said = (("--trial-cpus", self.cpus), ("--trial-gpus", self.gpus), ("--trials-at-once", self.at_once))
        return [word for option, value in said if value is not None for word in (option, f"{value:g}")]
