"""The types that walk out of the fairness room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["AttributeReport", "FairnessReport", "GroupRow", "Rate"]


@dataclass(frozen=True)
class Rate:
    """A share with its denominator and Wilson 95 % interval.

    ``value``, ``low`` and ``high`` are None where the denominator is 0; ``note`` then says so.
    """

    value: float | None
    numerator: int
    denominator: int
    low: float | None
    high: float | None
    note: str = ""


@dataclass(frozen=True)
class GroupRow:
    """One group of one sensitive attribute: its size and its rates by name."""

    group: str
    count: int
    rates: Mapping[str, Rate]


@dataclass(frozen=True)
class AttributeReport:
    """One sensitive attribute.

    ``gaps`` is the largest minus the smallest measurable group value of each rate, None if fewer than two groups
    can be measured. ``unknown`` counts rows whose attribute is empty. ``summary`` is one plain sentence.
    """

    attribute: str
    groups: tuple[GroupRow, ...]
    gaps: Mapping[str, float | None]
    unknown: int
    summary: str
    p_value: float | None = None
    """Permutation p-value of the accuracy gap, None if it cannot be tested."""


@dataclass(frozen=True)
class FairnessReport:
    """Behaviour by group on the test part, one entry per sensitive attribute.

    ``rate_names`` gives the columns in order; selection and true-positive rates are one-vs-rest per class and are
    named ``selection_rate[CLASS]`` and ``true_positive_rate[CLASS]``.
    """

    attributes: tuple[AttributeReport, ...]
    rate_names: tuple[str, ...]
    count: int
