"""What every rank of a run is told, by the process that starts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.workload import LabelledInputs, Workload

__all__ = ["RankTask"]

Value = TypeVar("Value")


@dataclass(frozen=True)
class RankTask:
    """The arguments of :func:`automl_tl.finetune.trial.run_trial` that are data, and where the ranks meet.

    Attributes
    ----------
    straight
        How many updates a run without a look on the way has, which
        :func:`automl_tl.finetune.straight_run.straight_run` makes; None for a trial.
    folder
        Of this run's ranks alone: ``model/`` holds the pretrained model that they start from, they meet there, and
        a straight run leaves its model there.
    """

    workload: Workload
    trial: str
    model: str
    recipe: Recipe
    seed: int
    resume_from: Path | None = None
    until: float = 1.0
    straight: int | None = None
    folder: Path = Path()

    @property
    def start(self) -> Path:
        """Where the pretrained model lies."""
        return self.folder / "model"

    @property
    def meeting_place(self) -> Path:
        """The file by which ranks find each other."""
        return self.folder / "meeting"

    @property
    def fitted(self) -> Path:
        """Where rank 0 leaves the model of a straight run."""
        return self.folder / "fitted"

    @property
    def schedule(self) -> Recipe:
        """The recipe with the number of updates that are made of it."""
        return self.recipe if self.straight is None else replace(self.recipe, updates=self.straight)

    def for_rank(self, rank: int) -> RankTask:
        """Return what this rank needs of it: of one model, its share of the threads, and only rank 0 validates."""
        whole, model = self.workload, self.model
        slim = replace(
            whole,
            cards=_only(whole.cards, model),
            heads=_only(whole.heads, model),
            train_features=_only(whole.train_features, model),
            validation_features=_only(whole.validation_features, model),
            threads=max(1, whole.threads // whole.devices),
        )
        if rank:
            nothing = LabelledInputs((), whole.validation.labels[:0])
            slim = replace(slim, validation=nothing, train_features={}, validation_features={})
        return replace(self, workload=slim)


def _only(values: Mapping[str, Value], name: str) -> dict[str, Value]:
    return {name: values[name]} if name in values else {}
