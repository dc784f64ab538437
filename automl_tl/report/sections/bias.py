"""For whom it fails: accuracy and rates by group, with intervals and sizes."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from automl_tl.fairness.base import AttributeReport, Rate
from automl_tl.report.charts.interval_rows import IntervalRow, interval_rows
from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, sections
from automl_tl.report.wording import NOT_MEASURED, percent

__all__ = ["Bias"]

_LIGHTS = {
    "evidence_of_a_gap": ("bad", "evidence of a gap"),
    "no_evidence_of_a_gap": ("caution", "no evidence of a gap"),
    "not_enough_data": ("unknown", "not enough data"),
}


@dataclass(frozen=True)
class AttributeView:
    """One attribute as the page shows it."""

    entry: AttributeReport
    light: str
    verdict: str
    chart: Markup


class Bias(Section):
    """A forest plot and a table per sensitive attribute."""

    name = "bias"
    heading = "For whom it works and for whom it fails"
    position = 70

    def applies(self, content: ReportContent) -> bool:
        """Return whether a sensitive attribute was named."""
        return content.fairness is not None and bool(content.fairness.attributes)

    def render(self, content: ReportContent) -> Markup:
        """Return charts and tables."""
        report = content.fairness
        assert report is not None
        views = [
            AttributeView(entry, *_LIGHTS.get(entry.verdict, ("unknown", entry.verdict)), chart=_forest(entry))
            for entry in report.attributes
        ]
        return render_template("sections/bias.html.j2", content=content, report=report, views=views)


def _forest(entry: AttributeReport) -> Markup:
    rows = [
        IntervalRow(
            name=group.group,
            remark=f"n = {group.count}" + (", few" if group.count < 10 else ""),
            value=group.rates["accuracy"].value,
            low=group.rates["accuracy"].low,
            high=group.rates["accuracy"].high,
            shown=_shown(group.rates["accuracy"]),
            emphasis=_emphasis(entry, group.group),
        )
        for group in entry.groups
    ]
    right = sum(group.rates["accuracy"].numerator for group in entry.groups)
    total = sum(group.rates["accuracy"].denominator for group in entry.groups)
    return interval_rows(
        rows,
        description=f'Accuracy by group of "{entry.attribute}" with 95 % intervals. {entry.summary}',
        axis="accuracy with 95 % interval; dashed line: all groups together",
        tick=lambda value: percent(value, 0),
        bounds=(0.0, 1.0),
        reference=(right / total, "all groups") if total else None,
    )


def _shown(rate: Rate) -> str:
    return (
        NOT_MEASURED if rate.value is None else f"{percent(rate.value)} ({rate.numerator} of {rate.denominator})"
    )


def _emphasis(entry: AttributeReport, group: str) -> str:
    return "bad" if entry.verdict == "evidence_of_a_gap" and group == entry.worst_group else ""


sections.register(Bias.name, Bias())
