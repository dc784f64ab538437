"""Remedies that were tried for a gap, on rows they have not seen."""

from __future__ import annotations

from markupsafe import Markup

from automl_tl.fairness.base import FairnessReport
from automl_tl.fairness.summary import words
from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, sections

__all__ = ["Remedies", "render_mitigation"]

_METHODS = {
    "": ("No remedy", ""),
    "reweighing": ("Reweighing", "rows count as if group and class were independent; the head is fitted anew"),
    "balanced_head": (
        "Group-balanced head",
        "the head is fitted anew on equally many rows of every group and class",
    ),
    "group_dro": ("Head for the worst group", "rows of the group with the largest loss gain weight"),
    "group_thresholds": ("Threshold per group", "needs the group of every input when the model is used"),
    "reductions": ("Reductions", "a mixture of heads under a constraint on the rate (fairlearn)"),
}


class Remedies(Section):
    """What helps, what it costs, and what was withdrawn."""

    name = "mitigation"
    heading = "What could be done about it"
    position = 76

    def applies(self, content: ReportContent) -> bool:
        """Return whether a remedy was considered."""
        return content.fairness is not None and bool(content.fairness.mitigation)

    def render(self, content: ReportContent) -> Markup:
        """Return the table."""
        assert content.fairness is not None
        return render_mitigation(content.fairness)


def render_mitigation(report: FairnessReport) -> Markup:
    """Return everything below the heading."""
    first = report.mitigation[0]
    stored = next((entry for entry in report.mitigation if entry.file), None)
    return render_template(
        "sections/mitigation.html.j2",
        entries=report.mitigation,
        methods=_METHODS,
        attribute=first.attribute,
        rate=words(first.rate) if first.rate and first.method else "",
        file=stored.file if stored else "",
        stored=stored.method if stored else "",
    )


sections.register(Remedies.name, Remedies())
