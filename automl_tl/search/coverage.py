"""Models that a search space has no strategy for: they keep their linear probe, and a warning says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from automl_tl.errors import SearchSpaceError
from automl_tl.search.space import SearchSpace, Situation

__all__ = ["covered"]


def covered(
    space: SearchSpace, candidates: Mapping[str, Situation], warn: Callable[[str], None]
) -> dict[str, Situation]:
    """Return the candidates that some strategy is for, in their order, and tell of each of the others.

    Raises
    ------
    SearchSpaceError
        If no strategy is for any of them, with the rules that each breaks.
    """
    found = {model: each for model, each in candidates.items() if space.active_strategies(each)}
    why = {model: _rules(space, each) for model, each in candidates.items() if model not in found}
    if why and not found:
        reasons = "; ".join(f"{model} ({rules})" for model, rules in why.items())
        raise SearchSpaceError(
            f"the search space {space.name!r} has no strategy whose condition holds for {reasons}; add a strategy "
            "without such a condition or choose other models",
            field="strategies",
        )
    for model, rules in why.items():
        warn(
            f"{model} is not fine-tuned and keeps its linear probe: the search space {space.name!r} has no "
            f"strategy whose condition holds for it ({rules})"
        )
    return found


def _rules(space: SearchSpace, situation: Situation) -> str:
    """Return what each strategy asks for and does not get."""
    if not space.strategies:
        return "it has none"
    return ", ".join(f"{each.name}: {' and '.join(each.when.broken(situation))}" for each in space.strategies)
