"""The types that walk out of the fairness room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["VERDICTS", "AttributeReport", "Difference", "FairnessReport", "GroupRow", "Rate"]

VERDICTS = ("evidence_of_a_gap", "no_evidence_of_a_gap", "not_enough_data")
"""Three-valued on purpose: a small test part can not show that a model treats groups alike."""


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
class Difference:
    """A difference of two shares with its Newcombe 95 % interval, each in [-1, 1]."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class GroupRow:
    """One group of one sensitive attribute: its size and its rates by name.

    ``versus_rest`` is the group's accuracy minus that of all other groups together, None without others.
    """

    group: str
    count: int
    rates: Mapping[str, Rate]
    versus_rest: Difference | None = None


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
    p_adjusted: float | None = None
    """The same after Holm's correction over the attributes of the report."""
    verdict: str = "not_enough_data"
    """One of VERDICTS, from ``p_adjusted`` and the group sizes."""
    worst_group: str = ""
    """Group with the lowest accuracy among those large enough to test, "" if there is none."""
    detectable_gap: float | None = None
    """Accuracy gap that a test on this many rows finds four times out of five, None if nothing was tested."""
    note: str = ""
    """How groups were made where they are not the column's own values."""


@dataclass(frozen=True)
class FairnessReport:
    """Behaviour by group on the test part, one entry per sensitive attribute.

    ``rate_names`` gives the columns in order; selection and true-positive rates are one-vs-rest per class and are
    named ``selection_rate[CLASS]`` and ``true_positive_rate[CLASS]``.
    """

    attributes: tuple[AttributeReport, ...]
    rate_names: tuple[str, ...]
    count: int
    positive_class: str = ""
    """With two classes: the class whose selection rate is read as the outcome; "" with more classes."""
    notes: tuple[str, ...] = ()
    """What a reader must know about the whole table, such as classes that were left out."""
