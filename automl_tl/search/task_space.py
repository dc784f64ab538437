"""A search space without what means nothing for a task."""

from __future__ import annotations

from dataclasses import replace

from automl_tl.errors import SearchSpaceError
from automl_tl.finetune.strategies.base import strategies
from automl_tl.finetune.tasks.base import learning_tasks
from automl_tl.search.space import SearchSpace

__all__ = ["space_for_task"]


def space_for_task(space: SearchSpace, task: str) -> SearchSpace:
    """Return the space without strategies that cannot learn the task and parameters that do not change it.

    Contrastive pairs need classes, for example, and a number has no label to smooth. A recipe to try first that
    named nothing else goes with them: its strategy's defaults are another recipe.

    Raises
    ------
    SearchSpaceError
        If nothing is left.
    NotFound
        If there is no strategy of a name.
    """
    unused = learning_tasks.get(task).unused_parameters
    kept = tuple(
        replace(
            strategy,
            parameters=tuple(parameter for parameter in strategy.parameters if parameter.name not in unused),
        )
        for strategy in space.strategies
        if task in strategies.get(strategy.name).tasks
    )
    if space.strategies and not kept:
        raise SearchSpaceError(
            f"the search space {space.name!r} has no strategy for the task {task}; its strategies are "
            f"{', '.join(strategy.name for strategy in space.strategies)}",
            field="strategies",
        )
    names = {strategy.name for strategy in kept}
    portfolio = tuple(
        replace(entry, parameters={name: value for name, value in entry.parameters.items() if name not in unused})
        for entry in space.portfolio
        if entry.strategy in names and (not entry.parameters or set(entry.parameters) - set(unused))
    )
    return replace(space, strategies=kept, portfolio=portfolio)
