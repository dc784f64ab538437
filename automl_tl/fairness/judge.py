"""From tests to verdicts: one error budget for the whole report, three values for every finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from automl_tl.fairness.base import AttributeReport, Comparison, FourFifths, GroupRow
from automl_tl.fairness.bounds import holm
from automl_tl.fairness.compare import Examined
from automl_tl.fairness.findings import Finding
from automl_tl.fairness.four_fifths import four_fifths, left_open
from automl_tl.fairness.intersections import JOINT
from automl_tl.fairness.metrics import base_rate_name, gap_of, selection_rate_name
from automl_tl.fairness.rest import RestTable, detectable, rest_tables
from automl_tl.fairness.summary import VERDICT_MINIMUM, overall, silence_of, summarise, violations

__all__ = ["Budget", "judge", "levels"]

_INTERSECTIONS = 0.2
_HEADLINES = 2.0
"""Times the budget of all other rates."""
_LABELS_DIFFER = (
    "the true labels differ between these groups too, so that the gap need not be the model's; "
    "name the favourable class to judge outcomes whatever their cause"
)
_TOO_FEW_SHUFFLES = (
    "so many tests share the error budget that as many random shuffles as there is time for could not have shown "
    "any gap in it; fewer attributes or classes would leave it more"
)
_INTERVALS = 0.05
"""All printed intervals are 95 % intervals; corrections are made to p-values and verdicts."""


@dataclass(frozen=True)
class Budget:
    """Corrected p-values of a whole report.

    ``adjusted`` maps (attribute, rate) to the Holm-adjusted p-value of the largest gap; ``adjusted_groups`` maps
    (attribute, rate, group) to that of one group against the rest, a family of its own that decides no verdict.
    ``rest`` and ``visible`` hold each group's comparison with the rest and the gap that would have been seen;
    ``blind`` are the tests whose random shuffles could not have shown any.
    """

    alpha: float
    tolerance: float
    tests: int
    attributes: int
    adjusted: dict[tuple[str, str], float]
    adjusted_groups: dict[tuple[str, str, int], float]
    rest: dict[tuple[str, str], RestTable]
    visible: dict[tuple[str, str], NDArray[np.float64]]
    blind: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(
        cls, examined: Sequence[Examined], headline: Sequence[str], alpha: float, tolerance: float = 0.0
    ) -> Budget:
        """Collect all tests and correct them; headline rates and single attributes get the larger shares."""
        keys, p_values, floors = [], [], []
        group_keys, group_p_values = [], []
        for entry in examined:
            for name, test in entry.tests.items():
                if test is None:
                    continue
                keys.append((entry.attribute, name))
                p_values.append(test.p_value)
                floors.append(test.floor)
                two = (entry.denominators(name) > 0).sum() == 2
                # Two groups are one test, seen from both sides.
                for group in np.flatnonzero(test.watched)[: 1 if two else None].tolist():
                    group_keys.append((entry.attribute, name, group))
                    group_p_values.append(float(test.each[group]))
        allowed = levels(examined, headline, alpha)
        adjusted = dict(zip(keys, (p or 0.0 for p in holm(p_values, [allowed[key] for key in keys])), strict=True))
        blind = frozenset(key for key, floor in zip(keys, floors, strict=True) if floor > allowed[key])
        visible = {
            key: np.full_like(gaps, np.nan) if key in blind else gaps
            for key, gaps in detectable(examined, allowed).items()
        }
        groups = dict(zip(group_keys, (p or 0.0 for p in holm(group_p_values)), strict=True))
        return cls(
            alpha=alpha,
            tolerance=tolerance,
            tests=len(keys),
            attributes=len(examined),
            adjusted=adjusted,
            adjusted_groups=groups,
            rest=rest_tables(examined, _INTERVALS),
            visible=visible,
            blind=blind,
        )

    def of_group(self, attribute: str, name: str, group: int) -> float | None:
        """Return a group's adjusted p-value; of two groups both have that of the first."""
        mine = self.adjusted_groups.get((attribute, name, group))
        if mine is not None:
            return mine
        others = [p for (a, n, _), p in self.adjusted_groups.items() if (a, n) == (attribute, name)]
        return others[0] if len(others) == 1 else None


def levels(examined: Sequence[Examined], headline: Sequence[str], alpha: float) -> dict[tuple[str, str], float]:
    """Return the p-value with which each test (attribute, rate) is a violation even if no other one is."""
    keys = [(entry.attribute, name) for entry in examined for name, test in entry.tests.items() if test]
    weights = _weights(keys, headline)
    total = sum(weights)
    return {key: alpha * weight / total for key, weight in zip(keys, weights, strict=True)}


def _weights(keys: Sequence[tuple[str, str]], headline: Sequence[str]) -> list[float]:
    """Return the share of the error budget of each (attribute, rate).

    Headline rates of an attribute together get at least two thirds of its share: a verdict rests on them, and with
    many classes accuracy would drown in rates per class. The first of several gets half of that, since it rests on
    all rows and so finds most. Intersections together get a fifth of the whole: they are many and their groups
    small.
    """
    kinds = [(JOINT in attribute, rate in headline) for attribute, rate in keys]
    sizes = {kind: kinds.count(kind) for kind in set(kinds)}
    firsts = {
        side: sum(
            rate == headline[0]
            for (_, rate), (joint, main) in zip(keys, kinds, strict=True)
            if main and joint is side
        )
        for side in (False, True)
    }
    weights = []
    for (_, rate), (joint, main) in zip(keys, kinds, strict=True):
        others, mains = sizes.get((joint, False), 0), sizes.get((joint, True), 0)
        if not main:
            weights.append(1.0)
            continue
        total, first = max(float(mains), _HEADLINES * others), firsts[joint]
        alone = first in (0, mains)
        share = total / mains if alone else total / 2 / (first if rate == headline[0] else mains - first)
        weights.append(share)
    totals = [sum(w for w, (j, _) in zip(weights, kinds, strict=True) if j is side) for side in (False, True)]
    if all(totals):
        part = _INTERSECTIONS / (1 - _INTERSECTIONS) * totals[0] / totals[1]
        weights = [w * min(part, 1.0) if joint else w for w, (joint, _) in zip(weights, kinds, strict=True)]
    return weights


def judge(
    entry: Examined, headline: Sequence[str], favourable: str, budget: Budget, *, named: bool
) -> AttributeReport:
    """Return what the report says about one attribute.

    ``named`` says whether a person called the class ``favourable``. Unequal shares of it are a violation then,
    whatever their cause; without that they are none where the true labels differ as well.
    """
    names = list(entry.rates)
    rest = {name: budget.rest[entry.attribute, name] for name in names}
    visible = {name: budget.visible[entry.attribute, name] for name in names}
    rows = _rows(entry, rest, visible, headline, budget)
    every = [_finding(entry, name, rest[name], visible[name], budget) for name in names]
    if not named:
        every = [_of_labels(finding, every) for finding in every]
    model = tuple(finding for finding in every if finding.rate not in entry.about_labels)
    labels = tuple(finding for finding in every if finding.rate in entry.about_labels)
    main = next((finding for finding in model if headline and finding.rate == headline[0]), None)
    shares = {name: name not in entry.means for name in names}
    return AttributeReport(
        attribute=entry.attribute,
        groups=rows,
        gaps={name: gap_of(entry.rates[name]) for name in names},
        unknown=entry.grouped.unknown,
        summary=summarise(entry.attribute, rows, model, headline, shares),
        p_value=main.p_value if main else None,
        p_adjusted=main.p_adjusted if main else None,
        verdict=overall(model, headline),
        worst_group=_worst(entry, rest, model, headline),
        worst_rate=_worst_rate(model, headline),
        detectable_gap=main.detectable_gap if main else None,
        note=entry.grouped.note,
        findings=model,
        labels=labels,
        label_verdict=overall(labels, [finding.rate for finding in labels]),
        four_fifths=_four_fifths(entry, favourable, budget, named, labels),
    )


def _rows(
    entry: Examined,
    rest: dict[str, RestTable],
    visible: dict[str, NDArray[np.float64]],
    headline: Sequence[str],
    budget: Budget,
) -> tuple[GroupRow, ...]:
    rows = []
    for group, (name, size) in enumerate(zip(entry.grouped.names, entry.sizes.tolist(), strict=True)):
        comparisons = {}
        for rate, table in rest.items():
            test = entry.tests[rate]
            tested = test is not None and bool(test.watched[group])
            gap = float(visible[rate][group])
            comparisons[rate] = Comparison(
                difference=table.differences[group],
                ratio=table.ratios[group],
                p_value=float(test.each[group]) if test is not None and tested else None,
                p_adjusted=budget.of_group(entry.attribute, rate, group) if tested else None,
                detectable_gap=None if np.isnan(gap) else gap,
                note="" if tested else "not compared: too few rows in the group or in the rest",
            )
        main = rest[headline[0]].differences[group] if headline and headline[0] in rest else None
        rows.append(GroupRow(name, size, {r: entry.rates[r][group] for r in rest}, main, comparisons))
    return tuple(rows)


def _finding(entry: Examined, name: str, rest: RestTable, visible: NDArray[np.float64], budget: Budget) -> Finding:
    test, sizes = entry.tests[name], entry.denominators(name)
    adjusted = budget.adjusted.get((entry.attribute, name))
    group = entry.grouped.names[test.group] if test is not None else ""
    judged = (sizes >= VERDICT_MINIMUM) & ~np.isnan(visible)
    gap = float(visible[judged].max()) if judged.any() else None
    groups = entry.grouped
    verdict, reason = silence_of(groups.names, sizes, test is not None, pools=groups.pools, pooled=groups.pooled)
    if test is not None and adjusted is not None and adjusted <= budget.alpha:
        difference = rest.differences[test.group]
        certain = min(abs(difference.low), abs(difference.high)) if difference else 0.0
        if budget.tolerance and (difference is None or certain <= budget.tolerance):
            reason = f"a certain gap, but not certainly larger than the tolerance of {budget.tolerance:g}"
        else:
            verdict, reason = "violation", ""
    if verdict == "no_evidence_of_violation" and gap is not None and gap >= 1.0 and name not in entry.means:
        verdict, reason = "insufficient_evidence", _blind(entry, name)
    if verdict == "no_evidence_of_violation" and (entry.attribute, name) in budget.blind:
        verdict, reason = "insufficient_evidence", _TOO_FEW_SHUFFLES
    p_value = None if test is None else test.p_value
    return Finding(name, gap_of(entry.rates[name]), group, p_value, adjusted, verdict, gap, reason)


def _blind(entry: Examined, name: str) -> str:
    """Return why no gap could have been seen."""
    worst = 0.0 if entry.harm[name] < 0 else 1.0
    if all(rate.value in (None, worst) for rate in entry.rates[name]):
        return "every group has the worst value there is, so that none could be worse off"
    return "on so few rows no gap, however large, would have been seen"


def _of_labels(finding: Finding, every: Sequence[Finding]) -> Finding:
    """Withdraw a gap in how often a class is given where the true labels have one: it need not be the model's."""
    name = finding.rate.removeprefix("selection_rate[").removesuffix("]")
    if finding.verdict != "violation" or finding.rate != selection_rate_name(name):
        return finding
    label = next((other for other in every if other.rate == base_rate_name(name)), None)
    if label is None or label.verdict != "violation":
        return finding
    return replace(finding, verdict="insufficient_evidence", reason=_LABELS_DIFFER)


def _worst_rate(model: Sequence[Finding], headline: Sequence[str]) -> str:
    found = violations(model, headline)
    return found[0].rate if found else headline[0] if headline else ""


def _worst(entry: Examined, rest: dict[str, RestTable], model: Sequence[Finding], headline: Sequence[str]) -> str:
    found = violations(model, headline)
    if found and not entry.harm[found[0].rate]:
        # Best at zero: a group without any error may be the one that is least like the others.
        of = zip(entry.grouped.names, entry.rates[found[0].rate], strict=True)
        size = {group: abs(rate.value) for group, rate in of if rate.value is not None}
        return max(size, key=lambda group: size[group], default=found[0].group)
    if found:
        name = found[0].rate
        harm = {
            group: entry.harm[name] * difference.value
            for group, difference in zip(entry.grouped.names, rest[name].differences, strict=True)
            if difference is not None
        }
        return found[0].group if harm[found[0].group] > 0 else max(harm, key=lambda group: harm[group])
    if not headline or headline[0] not in entry.rates:
        return ""
    values = [
        (-entry.harm[headline[0]] * rate.value, name)
        for name, rate in zip(entry.grouped.names, entry.rates[headline[0]], strict=True)
        if rate.value is not None
    ]
    return min(values)[1] if len(values) > 1 else ""


def _four_fifths(
    entry: Examined, favourable: str, budget: Budget, named: bool, labels: Sequence[Finding]
) -> FourFifths | None:
    """Return the rule; of an answer that nobody called favourable it is open where the true labels differ too."""
    if not favourable or selection_rate_name(favourable) not in entry.counts.names:
        return None
    answers, truth = (
        four_fifths(
            entry.grouped.names,
            *entry.cells(name),
            alpha=budget.alpha,
            comparisons=budget.attributes,
            answer="" if named else favourable,
            pools=entry.grouped.pools,
        )
        for name in (selection_rate_name(favourable), base_rate_name(favourable))
    )
    differ = any(f.rate == base_rate_name(favourable) and f.verdict == "violation" for f in labels)
    # The rule has other limits than the test of labels; a model that is right everywhere must not fail it.
    differ = differ or (truth is not None and truth.verdict == "violation")
    if named or answers is None or not differ:
        return answers
    return left_open(answers, _LABELS_DIFFER)
