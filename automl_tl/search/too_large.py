"""Models of which no configuration is expected to fit into memory: a search would pass over them silently."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from automl_tl.finetune.recipe import Recipe
from automl_tl.search.avoidance import MemoryLimit
from automl_tl.search.space import Parameter, SearchSpace, Situation

__all__ = ["warn_of_too_large"]

_MEGABYTE = 1e6


def warn_of_too_large(
    space: SearchSpace,
    candidates: Mapping[str, Situation],
    memory: MemoryLimit,
    warn: Callable[[str], None],
) -> None:
    """Tell of every candidate that is not fine-tuned for no other reason than its memory."""
    for model, situation in candidates.items():
        batch = _smallest_batch(space, situation)
        if not memory.holds(model, batch):
            needed, present = memory.needed(model, batch) / _MEGABYTE, memory.available / _MEGABYTE
            warn(
                f"{model} is not fine-tuned: a batch of {batch}, the smallest of the search space, is expected to "
                f"take {needed:,.0f} MB of memory and a trial may use {present:,.0f} MB; "
                "run fewer trials at once, give them more memory, or choose a smaller model"
            )


def _smallest_batch(space: SearchSpace, situation: Situation) -> int:
    """Return the smallest batch that any strategy offers to a model."""
    offered = [
        min((_least(each) for each in strategy.active(situation) if each.name == "batch_size"), default=_usual())
        for strategy in space.active_strategies(situation)
    ]
    return min(offered, default=_usual())


def _least(batch_size: Parameter) -> int:
    sizes = batch_size.choices if batch_size.kind == "categorical" else (batch_size.low,)
    return min(int(size) for size in sizes)


def _usual() -> int:
    return Recipe(strategy="").batch_size
