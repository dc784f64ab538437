"""The types that walk out of the fairness room."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module

from automl_tl.fairness.findings import (
    BiasCell,
    Finding,
    Inherited,
    Mitigation,
    Reliability,
    SliceReport,
    SpuriousProbe,
    StateChange,
)
from automl_tl.json_codec import to_plain

__all__ = [
    "SCHEMA",
    "VERDICTS",
    "AttributeReport",
    "Comparison",
    "Difference",
    "FairnessReport",
    "Family",
    "FourFifths",
    "FourFifthsRow",
    "GroupRow",
    "Rate",
    "Ratio",
]

SCHEMA = "automl_tl.bias/2"

VERDICTS = ("violation", "no_evidence_of_violation", "insufficient_evidence")
"""Three-valued on purpose: a small test part can not show that a model treats groups alike."""


@dataclass(frozen=True)
class Rate:
    """A share with its denominator and Wilson interval, or a mean with Student's interval.

    ``value``, ``low`` and ``high`` are None where the denominator is 0 or too small to print; ``note`` then says
    so. ``numerator`` is None for means, whose ``method`` is ``t``, and where the rate is suppressed: what one of
    few rows counts as is somebody's answer or label. ``denominator`` is the group's size where that is below 10.
    """

    value: float | None
    numerator: int | None
    denominator: int
    low: float | None
    high: float | None
    note: str = ""
    method: str = "wilson"
    suppressed: bool = False
    """Whether there is a value that is not printed because it rests on too few rows."""


@dataclass(frozen=True)
class Difference:
    """A group's figure minus that of the rest: shares with Newcombe's interval in [-1, 1], means with Welch's."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Ratio:
    """A group's share over that of the rest with its Miettinen-Nurminen interval; ``high`` None means no bound."""

    value: float | None
    low: float
    high: float | None


@dataclass(frozen=True)
class Comparison:
    """One rate of one group against all other rows of the attribute.

    Attributes
    ----------
    difference, ratio
        None where one of the two cannot be measured.
    p_value, p_adjusted
        Conditional two-sided test of equality, exact for shares and by random shuffles for means, and the same
        after Holm's correction over all groups and rates of the report; None where it was not tested.
    detectable_gap
        Difference to the disadvantage of this group that its verdict finds four times out of five.
    """

    difference: Difference | None
    ratio: Ratio | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    detectable_gap: float | None = None
    note: str = ""


@dataclass(frozen=True)
class GroupRow:
    """One group of one sensitive attribute: its size and its rates by name.

    ``versus_rest`` is the group's headline figure minus that of all other groups together, None without others.
    """

    group: str
    count: int
    rates: Mapping[str, Rate]
    versus_rest: Difference | None = None
    comparisons: Mapping[str, Comparison] = field(default_factory=dict)


@dataclass(frozen=True)
class FourFifthsRow:
    """Selection rate of one group over that of the most selected group."""

    group: str
    ratio: float | None
    low: float | None
    high: float | None
    verdict: str
    note: str = ""


@dataclass(frozen=True)
class FourFifths:
    """The rule of thumb of 29 CFR 1607.4(D) with the interval that it lacks.

    ``level`` is the confidence of the intervals, so high that one of them being wrong anywhere in the report is
    improbable; a violation is claimed only where a whole interval lies below 0.8.
    """

    reference: str
    level: float
    rows: tuple[FourFifthsRow, ...]
    verdict: str
    summary: str


@dataclass(frozen=True)
class AttributeReport:
    """One sensitive attribute, or an intersection of several (names joined by a multiplication sign).

    ``gaps`` is the largest minus the smallest measurable group value of each rate, None if fewer than two groups
    can be measured. ``unknown`` counts rows whose attribute is empty. ``summary`` is one plain sentence.
    """

    attribute: str
    groups: tuple[GroupRow, ...]
    gaps: Mapping[str, float | None]
    unknown: int
    summary: str
    p_value: float | None = None
    """Permutation p-value of the largest headline gap (accuracy; mean absolute error), None if not tested."""
    p_adjusted: float | None = None
    """The same after Holm's correction over all attributes, intersections and rates of the report."""
    verdict: str = "insufficient_evidence"
    """One of VERDICTS: about the model, over all its rates."""
    worst_group: str = ""
    """Group that the verdict is about; without a violation that with the worst headline figure, "" if none."""
    worst_rate: str = ""
    """The figure that ``worst_group`` is worst in."""
    detectable_gap: float | None = None
    """Headline gap that a test on this many rows finds four times out of five, None if nothing was tested."""
    note: str = ""
    """How groups were made where they are not the column's own values."""
    findings: tuple[Finding, ...] = ()
    """One per rate of the model, in column order."""
    labels: tuple[Finding, ...] = ()
    """The same for the true labels: disparity that was there before any model."""
    label_verdict: str = "insufficient_evidence"
    four_fifths: FourFifths | None = None


@dataclass(frozen=True)
class Family:
    """All hypotheses that share one error budget: with probability 1 - alpha none is rejected wrongly."""

    tests: int
    alpha: float = 0.05
    correction: str = "holm"


@dataclass(frozen=True)
class FairnessReport:
    """Behaviour by group on the test part, one entry per sensitive attribute.

    ``rate_names`` gives the columns in order, the headline rate first; rates per class are one-vs-rest and named
    ``selection_rate[CLASS]``, ``true_positive_rate[CLASS]``, ``false_positive_rate[CLASS]``, ``precision[CLASS]``.
    """

    attributes: tuple[AttributeReport, ...]
    rate_names: tuple[str, ...]
    count: int
    positive_class: str = ""
    """The class whose rates are told; "" with more classes and none named."""
    outcome_named: bool = False
    """Whether a person called that class the favourable outcome."""
    notes: tuple[str, ...] = ()
    """What a reader must know about the whole table, such as classes that were left out."""
    intersections: tuple[AttributeReport, ...] = ()
    family: Family | None = None
    task: str = "classification"
    slices: SliceReport | None = None
    spurious: tuple[SpuriousProbe, ...] = ()
    inherited: tuple[Inherited, ...] = ()
    changes: tuple[StateChange, ...] = ()
    """What fine-tuning did to what was inherited."""
    finalists: tuple[BiasCell, ...] = ()
    """The bias column of the leaderboard: the best trials, audited on the validation part."""
    mitigation: tuple[Mitigation, ...] = ()
    reliability: Reliability | None = None
    schema: str = SCHEMA

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdict on the model, one of VERDICTS, by attribute and intersection."""
        return {entry.attribute: entry.verdict for entry in (*self.attributes, *self.intersections)}

    @property
    def label_verdicts(self) -> dict[str, str]:
        """The verdict on the true labels by attribute and intersection: disparity that no model made."""
        return {entry.attribute: entry.label_verdict for entry in (*self.attributes, *self.intersections)}

    def to_json(self) -> str:
        """Return the report as JSON text; its field ``schema`` names the version of the format."""
        return json.dumps(to_plain(self), indent=2, allow_nan=False)

    def to_html(self) -> str:
        """Return the report as one HTML page that loads nothing; needs jinja2 (extra ``worker``)."""
        # Looked up by name: the room of reports imports this one, and rooms import one way.
        page: str = import_module("automl_tl.report.bias_page").render_bias_page(self)
        return page
