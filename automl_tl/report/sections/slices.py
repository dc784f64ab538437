"""Where it fails when nobody names a group: slices of similar inputs, and shortcuts."""

from __future__ import annotations

from markupsafe import Markup

from automl_tl.fairness.base import FairnessReport
from automl_tl.fairness.findings import SliceReport
from automl_tl.report.charts.interval_rows import IntervalRow, interval_rows
from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, sections
from automl_tl.report.sections.bias import VERDICT_LIGHTS
from automl_tl.report.wording import percent

__all__ = ["Slices", "render_slices"]

_PROBES = {
    "shortcut": ("bad", "shortcut"),
    "warning": ("caution", "possible shortcut"),
    "no_evidence": ("good", "nothing found"),
    "insufficient_evidence": ("unknown", "cannot be judged"),
}


class Slices(Section):
    """Slice cards and probes for spurious cues."""

    name = "slices"
    heading = "Where it fails when nobody names a group"
    position = 72

    def applies(self, content: ReportContent) -> bool:
        """Return whether anything was looked for."""
        report = content.fairness
        return report is not None and (report.slices is not None or bool(report.spurious))

    def render(self, content: ReportContent) -> Markup:
        """Return cards and table."""
        assert content.fairness is not None
        return render_slices(content.fairness)


def render_slices(report: FairnessReport) -> Markup:
    """Return everything below the heading."""
    slices = report.slices
    return render_template(
        "sections/slices.html.j2",
        slices=slices,
        light=VERDICT_LIGHTS.get(slices.verdict, ("unknown", slices.verdict)) if slices else None,
        chart=_chart(slices) if slices and slices.slices else "",
        probes=report.spurious,
        probe_lights=_PROBES,
        # The section on named groups tells them, where there is one.
        notes=() if report.attributes else report.notes,
    )


def _chart(slices: SliceReport) -> Markup:
    rows = [
        IntervalRow(
            name=card.name,
            remark=f"n = {card.count}, p corrected {card.p_adjusted:.3f}",
            value=card.error_rate,
            low=card.low,
            high=card.high,
            shown=f"{percent(card.error_rate)} ({card.errors} of {card.count})",
            emphasis="bad" if card.flagged else "",
        )
        for card in slices.slices
    ]
    return interval_rows(
        rows,
        description=f"Share of errors in clusters of similar inputs with 95 % intervals. {slices.summary}",
        axis="share of errors with 95 % interval; dashed line: all test examples",
        tick=lambda value: percent(value, 0),
        bounds=(0.0, 1.0),
        reference=(slices.errors / slices.count, "all") if slices.count else None,
    )


sections.register(Slices.name, Slices())
