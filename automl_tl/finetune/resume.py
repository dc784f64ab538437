"""Go on with a paused trial, under its own name or another's."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from automl_tl.errors import FailedPrecondition, NotFound
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.training_state import TrainingState, read_state

__all__ = ["resumable", "take_checkpoint"]


def resumable(path: Path, *, model: str, recipe: Recipe, seed: int) -> TrainingState:
    """Read a state and check that a trial of this model, recipe and seed can go on from it.

    Raises
    ------
    NotFound, DataCorrupted
        As :func:`automl_tl.finetune.training_state.read_state` says.
    FailedPrecondition
        If it is the state of another model, recipe or seed.
    """
    state = read_state(path)
    for name, own, found in (
        ("model", model, state.model),
        ("recipe", recipe, state.recipe),
        ("seed", seed, state.seed),
    ):
        if own != found:
            raise FailedPrecondition(
                f"resume_from is the state of {name} {found!r} but this trial has {own!r}; start the trial anew",
                field="resume_from",
            )
    return state


def take_checkpoint(path: Path, state: TrainingState, checkpoint: Path) -> None:
    """Copy the checkpoint beside the state at ``path`` to ``checkpoint``, unless it lies there already.

    Raises
    ------
    NotFound
        If it is gone.
    """
    source = path.parent / Path(state.trial).name
    if not source.is_dir():
        raise NotFound(
            f"there is no checkpoint {source.name!r} beside the training state; start the trial anew",
            field="resume_from",
        )
    if source.resolve() == checkpoint.resolve():
        return
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    fresh = checkpoint.with_name(f".{checkpoint.name}.{uuid.uuid4().hex}")
    try:
        shutil.copytree(source, fresh)
        shutil.rmtree(checkpoint, ignore_errors=True)
        fresh.rename(checkpoint)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
