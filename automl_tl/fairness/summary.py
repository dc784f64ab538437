"""The verdict on one attribute, as one plain sentence."""

from __future__ import annotations

from collections.abc import Sequence

from automl_tl.fairness.base import GroupRow
from automl_tl.fairness.metrics import ACCURACY

__all__ = ["FEW", "SIGNIFICANCE", "VERDICT_MINIMUM", "summarise", "verdict_of"]

FEW = 10
"""Groups with fewer rows are shown but not tested."""

VERDICT_MINIMUM = 30
"""Two groups of at least this size are needed before "no evidence of a gap" may be said."""

SIGNIFICANCE = 0.05


def verdict_of(sizes: Sequence[int], p_adjusted: float | None) -> str:
    """Return one of VERDICTS from the sizes of the tested groups and the corrected p-value."""
    if p_adjusted is not None and p_adjusted < SIGNIFICANCE:
        return "evidence_of_a_gap"
    enough = sum(size >= VERDICT_MINIMUM for size in sizes) >= 2
    return "no_evidence_of_a_gap" if enough and p_adjusted is not None else "not_enough_data"


def summarise(
    attribute: str,
    groups: Sequence[GroupRow],
    verdict: str,
    worst_group: str,
    p_adjusted: float | None,
    detectable_gap: float | None,
) -> str:
    """Return the sentence of the report for one attribute."""
    if verdict == "evidence_of_a_gap":
        return _gap_sentence(attribute, groups, worst_group, p_adjusted or 0.0)
    if verdict == "no_evidence_of_a_gap":
        return (
            f"No evidence of an accuracy gap between the groups of “{attribute}”. That is not proof that there is "
            f"none: with this many test rows a gap of about {_points(detectable_gap or 1.0)} would "
            f"probably have been seen, a smaller one could have been missed."
        )
    largest = sorted((group.count for group in groups), reverse=True)
    sizes = ", ".join(str(size) for size in largest[:5]) or "no rows"
    return (
        f"Not enough data to judge “{attribute}”: the verdict needs at least two groups of {VERDICT_MINIMUM} test "
        f"rows, and the largest groups have {sizes}."
    )


def _gap_sentence(attribute: str, groups: Sequence[GroupRow], worst_group: str, p_adjusted: float) -> str:
    worst = next(group for group in groups if group.group == worst_group)
    accuracy = worst.rates[ACCURACY].value or 0.0
    difference = worst.versus_rest
    compared = ""
    if difference is not None:
        rest = accuracy - difference.value
        compared = (
            f", against {_percent(rest)} for all other groups: {_points(abs(difference.value))} less "
            f"(95 % interval {100 * max(-difference.high, 0.0):.1f} to {_points(-difference.low)})"
        )
    chance = "less than 1 in 1000" if p_adjusted < 0.001 else f"about {p_adjusted:.3f}"
    return (
        f"Evidence of an accuracy gap: where “{attribute}” is “{worst_group}” the model is right in "
        f"{_percent(accuracy)} of {worst.count} cases{compared}. The probability of a gap this large by chance "
        f"alone is {chance}."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _points(share: float) -> str:
    return f"{100 * share:.1f} points"
