"""A paused trial on disk: one safetensors file with a JSON header, from which it goes on bit for bit."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from automl_tl.errors import AutomlError, DataCorrupted, FailedPrecondition, NotFound
from automl_tl.finetune.loop_state import LoopState
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.trial_files import state_file
from automl_tl.finetune.workload import CurvePoint
from automl_tl.json_codec import from_plain, to_plain

__all__ = ["TrainingState", "read_state", "state_file", "write_state"]

FORMAT = "automl-tl training state"
FORMAT_VERSION = 1
_HEADER = "automl_tl"


@dataclass(frozen=True)
class TrainingState:
    """A trial at one of its looks, right after it.

    Attributes
    ----------
    trial
        Whose state it is; its best checkpoint lies in the directory of this name beside the state's file.
    model, recipe, seed
        What the trial trains; another trial goes on from here only if all of them are its own.
    curve
        Every point so far, with the untrained start.
    """

    trial: str
    model: str
    recipe: Recipe
    seed: int
    curve: tuple[CurvePoint, ...]
    loop: LoopState


def write_state(state: TrainingState, path: Path) -> None:
    """Write the file, replacing an older one: whoever reads ``path`` sees one of them whole."""
    described = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "trial": state.trial,
        "model": state.model,
        "recipe": to_plain(state.recipe),
        "seed": state.seed,
        "curve": to_plain(state.curve),
        "update": state.loop.update,
        "micro_batch": state.loop.micro_batch,
        "losses": to_plain(state.loop.losses),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        save_file(dict(state.loop.tensors), str(fresh), metadata={_HEADER: json.dumps(described)})
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def read_state(path: Path) -> TrainingState:
    """Load what :func:`write_state` wrote.

    Raises
    ------
    NotFound
        If there is no such file.
    DataCorrupted
        If it is damaged or something else.
    FailedPrecondition
        If another version of this package wrote it.
    """
    if not path.is_file():
        raise NotFound(f"there is no training state {path.name!r}; start the trial anew", field="resume_from")
    try:
        with safe_open(str(path), framework="pt") as file:
            described = json.loads((file.metadata() or {})[_HEADER])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        _check_version(described)
        loop = LoopState(
            update=int(described["update"]),
            micro_batch=int(described["micro_batch"]),
            losses=from_plain(tuple[float, ...], described["losses"]),
            tensors=tensors,
        )
        return TrainingState(
            trial=str(described["trial"]),
            model=str(described["model"]),
            recipe=from_plain(Recipe, described["recipe"]),
            seed=int(described["seed"]),
            curve=from_plain(tuple[CurvePoint, ...], described["curve"]),
            loop=loop,
        )
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise DataCorrupted(f"{path.name} is no training state ({error!r}); start the trial anew") from error
    except AutomlError as error:
        if isinstance(error, FailedPrecondition):
            raise
        raise DataCorrupted(f"{path.name} is damaged ({error.message}); start the trial anew") from error


def _check_version(described: dict[str, object]) -> None:
    version = described["format_version"]
    if version != FORMAT_VERSION:
        raise FailedPrecondition(
            f"the training state has format_version {version!r} but this package reads {FORMAT_VERSION}; "
            "start the trial anew",
            field="format_version",
        )
