"""For whom it fails: accuracy and rates by group, with intervals and sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from automl_tl.fairness.base import AttributeReport, FairnessReport, FourFifths, FourFifthsRow, GroupRow, Rate
from automl_tl.fairness.findings import Finding
from automl_tl.fairness.summary import violations, words
from automl_tl.report.charts.interval_rows import IntervalRow, interval_rows
from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, sections
from automl_tl.report.wording import NOT_MEASURED, metric_label, percent, plain_number

__all__ = ["VERDICT_LIGHTS", "Bias", "render_bias"]

VERDICT_LIGHTS = {
    "violation": ("bad", "violation"),
    "no_evidence_of_violation": ("caution", "no evidence of a violation"),
    "insufficient_evidence": ("unknown", "insufficient evidence"),
    # Words of reports before schema automl_tl.bias/2.
    "evidence_of_a_gap": ("bad", "violation"),
    "no_evidence_of_a_gap": ("caution", "no evidence of a violation"),
    "not_enough_data": ("unknown", "insufficient evidence"),
}
_MOST_ROWS = 24
"""Groups of one attribute that are drawn; it is 24 ratios, too."""
_MOST_COMPARISONS = (160, 640)
_MOST_JOINT_COMPARISONS = (80, 320)
_MOST_CELLS = (400, 1600)
"""Of one attribute or combination and of the whole report: the page stays below 2 MB, the JSON report has all."""
_MOST_FINDINGS = 12
_SIDE_BY_SIDE = 5
"""Groups that fit beside each other on a sheet of paper; more of them have a line each."""


@dataclass(frozen=True)
class AttributeView:
    """One attribute as the page shows it."""

    entry: AttributeReport
    light: str
    verdict: str
    chart: Markup


class Bias(Section):
    """A forest plot and tables per sensitive attribute and intersection."""

    name = "bias"
    heading = "For whom it works and for whom it fails"
    position = 70

    def applies(self, content: ReportContent) -> bool:
        """Return whether a sensitive attribute was named."""
        return content.fairness is not None and bool(content.fairness.attributes)

    def render(self, content: ReportContent) -> Markup:
        """Return charts and tables."""
        assert content.fairness is not None
        return render_bias(content.fairness)


def render_bias(report: FairnessReport) -> Markup:
    """Return the part on given attributes: everything between the headings of the section."""
    headline = report.rate_names[0] if report.rate_names else "accuracy"
    shares = _shares(report)
    return render_template(
        "sections/bias.html.j2",
        report=report,
        views=[_view(entry, headline) for entry in report.attributes],
        joint=[_view(entry, headline) for entry in report.intersections],
        four_fifths_of_joint=any(entry.four_fifths for entry in report.intersections),
        lights=VERDICT_LIGHTS,
        headline=headline,
        shares=shares,
        exact=[name for name, share in shares.items() if share],
        suppressed=_any_suppressed(report),
        level=None if report.family is None else f"{100 * report.family.alpha:g}",
        drawn=lambda entry: _drawn(entry, headline),
        ratios=_lowest_ratios,
        widest=_SIDE_BY_SIDE,
        label=words,
        main_findings=_main_findings,
        others=lambda entries: [entry for entry in entries if entry not in _main_findings(entries)],
        shown=lambda entry: _shown_rates(entry, report, _MOST_CELLS),
        compared=lambda entry: _compared_rates(entry, report),
        hidden=lambda entry: _hidden_rows(entry, report, headline),
    )


def _drawn(entry: AttributeReport, headline: str) -> list[GroupRow]:
    """Return the groups that the page has room for: those of violations, then those least like the rest."""
    if len(entry.groups) <= _MOST_ROWS:
        return list(entry.groups)
    named = {entry.worst_group, *(found.group for found in violations((*entry.findings, *entry.labels)))}

    def rank(group: GroupRow) -> tuple[bool, float]:
        compared = group.comparisons.get(headline)
        p_value = compared.p_value if compared is not None else None
        return group.group not in named, 2.0 if p_value is None else p_value

    kept = {group.group for group in sorted(entry.groups, key=rank)[:_MOST_ROWS]}
    return [group for group in entry.groups if group.group in kept]


def _lowest_ratios(rule: FourFifths) -> list[FourFifthsRow]:
    """Return the ratios that the page has room for, in their order: violations, then the lowest."""

    def rank(row: FourFifthsRow) -> tuple[bool, float]:
        return row.verdict != "violation", math.inf if row.ratio is None else row.ratio

    kept = {row.group for row in sorted(rule.rows, key=rank)[:_MOST_ROWS]}
    return [row for row in rule.rows if row.group in kept]


def _shown_rates(
    entry: AttributeReport, report: FairnessReport, limits: tuple[int, int], *, least: int = 3
) -> list[str]:
    """Return the rates whose tables stay readable: the headline, violated ones, then the others."""
    names, (alone, together) = _rates(entry, report), limits
    cells = min(alone, together // max(1, len(report.attributes) + len(report.intersections)))
    most = max(least, cells // max(1, min(len(entry.groups), _MOST_ROWS)))
    bad = {finding.rate for finding in entry.findings if finding.verdict == "violation"}
    ranked = sorted(names, key=lambda name: (name not in names[:1], name not in bad, names.index(name)))
    kept = set(ranked[:most])
    return [name for name in names if name in kept]


def _compared_rates(entry: AttributeReport, report: FairnessReport) -> list[str]:
    """Return the rates by which groups are set against the others; of many combinations there is room for none."""
    if any(entry is each for each in report.intersections):
        return _shown_rates(entry, report, _MOST_JOINT_COMPARISONS, least=0)
    return _shown_rates(entry, report, _MOST_COMPARISONS)


def _rates(entry: AttributeReport, report: FairnessReport) -> list[str]:
    """Return the rates that this attribute was compared by: combinations may have fewer than single attributes."""
    return [name for name in report.rate_names if any(name in group.rates for group in entry.groups)]


def _hidden_rows(entry: AttributeReport, report: FairnessReport, headline: str) -> int:
    """Return how many rows of the two tables of groups are left out."""
    rates = len(_rates(entry, report)) - len(_shown_rates(entry, report, _MOST_CELLS))
    compared = _compared_rates(entry, report)
    drawn = {group.group for group in _drawn(entry, headline)}
    left_out = [
        name
        for group in entry.groups
        for name, versus in group.comparisons.items()
        if versus.difference is not None and (group.group not in drawn or name not in compared)
    ]
    return rates + len(left_out)


def _main_findings(entries: Sequence[Finding]) -> list[Finding]:
    """Return what a reader needs first: the headline, every violation, and the rest where it is short."""
    if len(entries) <= _MOST_FINDINGS:
        return list(entries)
    return [entry for place, entry in enumerate(entries) if place == 0 or entry.verdict == "violation"]


def _view(entry: AttributeReport, headline: str) -> AttributeView:
    light, words = VERDICT_LIGHTS.get(entry.verdict, ("unknown", entry.verdict))
    return AttributeView(entry, light, words, _forest(entry, headline))


def _shares(report: FairnessReport) -> dict[str, bool]:
    """Return by rate whether it is a share, to be read as a percentage, or a mean of other figures."""
    entries = (*report.attributes, *report.intersections)
    methods = {name: rate.method for e in entries for row in e.groups for name, rate in row.rates.items()}
    return {name: methods.get(name, "wilson") == "wilson" for name in (*report.rate_names, *methods)}


def _any_suppressed(report: FairnessReport) -> bool:
    entries = (*report.attributes, *report.intersections)
    return any(rate.suppressed for entry in entries for row in entry.groups for rate in row.rates.values())


def _forest(entry: AttributeReport, headline: str) -> Markup:
    groups = [group for group in entry.groups if headline in group.rates]
    if not groups:
        return Markup("")
    share = all(group.rates[headline].method == "wilson" for group in groups)
    rows = [_row(entry, group, headline, share) for group in _drawn(entry, headline) if headline in group.rates]
    label = metric_label(headline)
    # A group that is not shown is in no sum either: the others subtracted, the sum would tell its rate.
    tests = [group.rates[headline] for group in groups if group.rates[headline].value is not None]
    rows_in_all = sum(rate.denominator for rate in tests)
    right = sum(rate.numerator or 0 for rate in tests)
    every = len(tests) == sum(group.rates[headline].denominator > 0 for group in groups)
    together = "all groups" if every else "groups that are shown"
    return interval_rows(
        rows,
        description=f'{label.capitalize()} by group of "{entry.attribute}" with 95 % intervals. {entry.summary}',
        axis=f"{label} with 95 % interval" + (f"; dashed line: {together} together" if share else ""),
        tick=(lambda value: percent(value, 0)) if share else (lambda value: f"{value:.3g}"),
        bounds=(0.0, 1.0) if share else None,
        reference=(right / rows_in_all, together) if share and rows_in_all else None,
    )


def _row(entry: AttributeReport, group: GroupRow, headline: str, share: bool) -> IntervalRow:
    rate = group.rates[headline]
    return IntervalRow(
        name=group.group,
        remark=f"n = {group.count}" + (", too few" if rate.suppressed else ", few" if group.count < 30 else ""),
        value=rate.value,
        low=rate.low,
        high=rate.high,
        shown=_shown(rate, share),
        emphasis=_emphasis(entry, group.group),
    )


def _shown(rate: Rate, share: bool) -> str:
    if rate.value is None:
        return NOT_MEASURED
    if not share or rate.numerator is None:
        return plain_number(rate.value)
    return f"{percent(rate.value)} ({rate.numerator} of {rate.denominator})"


def _emphasis(entry: AttributeReport, group: str) -> str:
    bad = VERDICT_LIGHTS.get(entry.verdict, ("", ""))[0] == "bad"
    return "bad" if bad and group == entry.worst_group else ""


sections.register(Bias.name, Bias())
