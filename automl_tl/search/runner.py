"""What the search needs from whatever runs trials; ``distributed/`` implements it with Ray Tune."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.workload import CurvePoint, TrialOutcome, Workload
from automl_tl.search.budget import Deadline
from automl_tl.search.trial import Trial
from automl_tl.zoo.card import ModelCard

if TYPE_CHECKING:
    from automl_tl.zoo.backbone import LoadedModel

__all__ = ["LoadModel", "PackingRunner", "Resources", "TrialEvents", "TrialFunction", "TrialRunner", "TrialSource"]

LoadModel = Callable[[ModelCard], "LoadedModel"]
"""Loads the pretrained model of a card; may return the same object twice, whoever trains works on a copy."""


class TrialFunction(Protocol):
    """Trains one model with one recipe; ``automl_tl.finetune.trial.run_trial`` is the real one."""

    def __call__(
        self,
        workload: Workload,
        *,
        trial: str,
        model: str,
        recipe: Recipe,
        seed: int,
        report: Callable[[CurvePoint], bool],
        remaining: Callable[[], float],
        load_model: LoadModel,
        resume_from: Path | None = None,
        until: float = 1.0,
    ) -> TrialOutcome:
        """Train, calling ``report`` at every rung after checkpoint and training state lie on disk.

        ``report`` returns False where the trial should stop; ``remaining`` returns the seconds left, 0 or less
        where the trial must come to an end. ``resume_from`` is the state that this trial left before: it goes on
        from there, and its curve and seconds with it. ``until`` is the share of the run at which to stop.
        """


class TrialSource(Protocol):
    """Hands out the next trial, decides at every rung, and learns from the end."""

    def next(self, at_once: int = 1) -> Trial | None:
        """Return the next trial, already recorded in the ledger, or None when nothing is left to begin now.

        ``at_once`` trials may run at once now, this one and those that run included: they share what is left.

        One with a curve was paused or interrupted: it goes on from its training state. After None the runner may
        ask again when another trial has ended: a promotion may have become possible.
        """

    def keeps(self, trial: Trial, point: CurvePoint) -> bool:
        """Return whether a trial goes on after this point of its curve; if not, it is paused there."""

    def allowance(self, trial: Trial) -> float:
        """Return the seconds that a trial which is about to start may run; infinity where there is no limit."""

    def finished(self, trial: Trial) -> None:
        """Learn from a trial in a final state."""


class TrialEvents(Protocol):
    """Hears what happens to trials, in the driver process."""

    def started(self, trial: Trial) -> None:
        """The trial has begun."""

    def reported(self, trial: Trial, point: CurvePoint) -> None:
        """A point of the learning curve arrived; ``trial`` already includes it."""

    def ended(self, trial: Trial) -> None:
        """The trial is in a final state."""


@dataclass(frozen=True)
class Resources:
    """What one trial asks for and how many run at once.

    ``gpus`` may be a share of one; ``accelerator`` is a type of GPU as Ray names it, such as ``H200``, "" for any.
    """

    cpus: float = 1.0
    gpus: float = 0.0
    concurrent: int = 2
    accelerator: str = ""


class TrialRunner(Protocol):
    """Runs trials of one workload until the source is empty, the deadline passes or ``cancelled`` says so."""

    @property
    def resources(self) -> Resources:
        """What one trial holds while it runs, and how many run at once."""

    @property
    def trial_bytes(self) -> float:
        """Bytes of memory that one trial may use, a GPU's where it has one; infinity where nobody knows."""

    def run(
        self,
        workload: Workload,
        source: TrialSource,
        events: TrialEvents,
        *,
        deadline: Deadline,
        cancelled: Callable[[], bool],
    ) -> None:
        """Run trials; every trial handed out by ``source`` is in a final state when this returns.

        A trial that raises is FAILED with its message and does not stop the others.
        """


@runtime_checkable
class PackingRunner(Protocol):
    """A trial runner that can let several trials share a GPU, once it is known how much memory they take."""

    def packed(self, needed: float) -> TrialRunner:
        """Return the runner with a share of a GPU for each trial whose memory holds ``needed`` bytes."""
