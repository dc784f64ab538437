"""Recipes to try before anything is sampled, those that promise most for their time first."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from automl_tl.search.space import Scalar, SearchSpace, Situation

__all__ = ["Start", "by_gain_per_second", "starts"]

_NEXT_RECIPE = 0.6
"""What a recipe promises, as a share of what the one before it in the portfolio does."""
_NEXT_MODEL = 0.7
"""The same for the next model of the ranking, where the ranking does not say how likely each is the best."""
_ALIKE = 2.0
"""Costs that differ from the median by this factor count as the median: they are predictions, and rounded."""
_DEAREST = 4.0
"""Beyond that they count at most as this multiple of it. A cheap run is no bargain: where time suffices for few
runs, the best of them decides, and where it suffices for many, all of them come."""


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
    rows = {model: _recipes(space, model, situations[model]) for model in order}
    longest = max((len(row) for row in rows.values()), default=0)
    for diagonal in range(len(order) + longest):
        for column, model in reversed(list(enumerate(order))):
            if 0 <= diagonal - column < len(rows[model]):
                yield rows[model][diagonal - column]


def by_gain_per_second(
    space: SearchSpace,
    order: Sequence[str],
    situations: Mapping[str, Situation],
    *,
    weights: Mapping[str, float],
    seconds: Callable[[Start], float],
) -> list[Start]:
    """Return the portfolio, most expected gain per second first; equal ones as :func:`starts` has them.

    Parameters
    ----------
    weights
        How much tuning each model promises, such as its probability of being the best one; what is missing is
        taken from the order.
    seconds
        Predicted seconds of a start's full run; NaN where nobody knows, which then counts as the median.
    """
    ordered = list(starts(space, order, situations))
    promise = _promises(space, order, situations, weights)
    costs = [seconds(start) for start in ordered]
    known = sorted(cost for cost in costs if cost > 0)
    median = known[(len(known) - 1) // 2] if known else 1.0

    def merit(place: int) -> float:
        cost = (costs[place] if math.isfinite(costs[place]) else median) / median
        return promise[_key(ordered[place])] / min(max(cost / _ALIKE, 1.0), _DEAREST)

    return [ordered[place] for place in sorted(range(len(ordered)), key=lambda place: (-merit(place), place))]


def _promises(
    space: SearchSpace,
    order: Sequence[str],
    situations: Mapping[str, Situation],
    weights: Mapping[str, float],
) -> dict[tuple[object, ...], float]:
    found: dict[tuple[object, ...], float] = {}
    for place, model in enumerate(order):
        weight = weights.get(model, math.nan)
        weight = weight if math.isfinite(weight) else _NEXT_MODEL**place
        for number, start in enumerate(_recipes(space, model, situations[model])):
            found.setdefault(_key(start), weight * _NEXT_RECIPE**number)
    return found


def _recipes(space: SearchSpace, model: str, situation: Situation) -> list[Start]:
    return [
        Start(model, entry.strategy, space.complete(entry, situation))
        for entry in space.portfolio
        if entry.when.holds(situation) and space.strategy(entry.strategy).when.holds(situation)
    ]


def _key(start: Start) -> tuple[object, ...]:
    return start.model, start.strategy, tuple(sorted(start.parameters.items()))
