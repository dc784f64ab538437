"""What an operator says about the resources of trials and drivers, where a worker cannot find out by itself."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass

from automl_tl.errors import InvalidInput
from automl_tl.pipeline.spec import ComputeSpec
from automl_tl.search.accelerators import check_accelerator

__all__ = ["TrialShape"]


@dataclass(frozen=True)
class TrialShape:
    """What one trial, and one task of probing, asks a Ray for; None leaves it to the worker.

    A worker sees the GPUs of its own machine, or those that its cluster has now: where machines with GPUs start
    when asked for, somebody has to say that trials want one.

    Attributes
    ----------
    cpus, gpus
        For one trial; a share of a GPU lets several trials use it, more than one GPU divides a trial's batches.
    at_once
        How many trials are begun at least, so that a cluster that can grow does.
    accelerator
        Type of GPU as Ray names it; "" takes any.
    driver_gpus
        For the whole of a job that a cluster is given: its driver retrains, measures and explains the winner, and
        sees no GPU there without asking.

    Raises
    ------
    InvalidInput
        If GPUs are neither a share of one nor whole, or the accelerator cannot be a type.
    """

    cpus: float | None = None
    gpus: float | None = None
    at_once: int | None = None
    accelerator: str = ""
    driver_gpus: float | None = None

    def __post_init__(self) -> None:
        for option, gpus in (("--trial-gpus", self.gpus), ("--driver-gpus", self.driver_gpus)):
            if gpus is not None and gpus > 1 and gpus != int(gpus):
                raise InvalidInput(
                    f"{option} must be a share of one GPU or a whole number of them but got {gpus:g}",
                    field=option.removeprefix("--").replace("-", "_"),
                )
        try:
            check_accelerator(self.accelerator or "any")
        except ValueError as error:
            raise InvalidInput(f"--trial-accelerator: {error}", field="trial_accelerator") from None

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        """Add the options to a worker's command line."""
        parser.add_argument("--trial-cpus", type=float, default=None, help="processors for a trial (1)")
        parser.add_argument("--trial-gpus", type=float, default=None, help="GPUs for a trial, or a share of one")
        parser.add_argument("--trial-accelerator", default="", help="type of GPU as Ray names it (any)")
        parser.add_argument(
            "--trials-at-once", type=int, default=None, help="trials begun at least (processors here)"
        )
        parser.add_argument("--driver-gpus", type=float, default=None, help="GPUs for a job's driver (0)")

    @classmethod
    def of(cls, options: Namespace) -> TrialShape:
        """Return what a command line says."""
        return cls(
            options.trial_cpus,
            options.trial_gpus,
            options.trials_at_once,
            options.trial_accelerator,
            options.driver_gpus,
        )

    def words(self) -> list[str]:
        """Return the options again, for the worker that a cluster runs."""
        said = (
            ("--trial-cpus", self.cpus),
            ("--trial-gpus", self.gpus),
            ("--trials-at-once", self.at_once),
            ("--driver-gpus", self.driver_gpus),
        )
        words = [word for option, value in said if value is not None for word in (option, f"{value:g}")]
        return words + (["--trial-accelerator", self.accelerator] if self.accelerator else [])

    def asked(self, compute: ComputeSpec) -> TrialShape:
        """Return what the trials of one job ask for: what the job says, and where it says nothing this."""
        return TrialShape(
            self.cpus,
            float(compute.gpus_per_trial) or self.gpus,
            self.at_once,
            compute.accelerator or self.accelerator,
            self.driver_gpus,
        )
