"""Recipes to try before anything is sampled: the best model with its best recipe first, then the second model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from automl_tl.search.space import Scalar, SearchSpace, Situation

__all__ = ["Start", "starts"]


@dataclass(frozen=True)
class Start:
    """One configuration to try first, complete and inside the ranges that apply to its model."""

    model: str
    strategy: str
    parameters: Mapping[str, Scalar]


def starts(space: SearchSpace, order: Sequence[str], situations: Mapping[str, Situation]) -> Iterator[Start]:
    """Yield the portfolio along the diagonals of models x recipes.

    With models a, b and recipes 1, 2 the order is a1, b1, a2, b2: doubts about the model weigh more than doubts
    about the recipe, because ranks rest on probes and recipes on experience.
    """
    rows = {
        model: [
            Start(model, entry.strategy, space.complete(entry, situations[model]))
            for entry in space.portfolio
            if entry.when.holds(situations[model]) and space.strategy(entry.strategy).when.holds(situations[model])
        ]
        for model in order
    }
    longest = max((len(row) for row in rows.values()), default=0)
    for diagonal in range(len(order) + longest):
        for column, model in reversed(list(enumerate(order))):
            if 0 <= diagonal - column < len(rows[model]):
                yield rows[model][diagonal - column]
