"""Are the model's probabilities as sure as they are right?"""

from __future__ import annotations

from markupsafe import Markup

from automl_tl.fairness.findings import Reliability as Measured
from automl_tl.report.charts.reliability_diagram import reliability_diagram
from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, sections
from automl_tl.report.sections.bias import VERDICT_LIGHTS

__all__ = ["Reliability", "render_reliability"]


class Reliability(Section):
    """The reliability diagram with its null band, and the figures."""

    name = "reliability"
    heading = "How far its probabilities can be trusted"
    position = 56

    def applies(self, content: ReportContent) -> bool:
        """Return whether calibration was measured."""
        return content.fairness is not None and content.fairness.reliability is not None

    def render(self, content: ReportContent) -> Markup:
        """Return diagram and figures."""
        assert content.fairness is not None
        assert content.fairness.reliability is not None
        return render_reliability(content.fairness.reliability)


def render_reliability(entry: Measured) -> Markup:
    """Return everything below the heading."""
    chart = (
        reliability_diagram(entry.bins, description=f"Reliability diagram. {entry.summary}") if entry.bins else ""
    )
    light = VERDICT_LIGHTS.get(entry.verdict, ("unknown", entry.verdict))
    return render_template("sections/reliability.html.j2", entry=entry, chart=chart, light=light)


sections.register(Reliability.name, Reliability())
