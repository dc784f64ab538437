"""The verdict in plain words, then what was asked for."""

from __future__ import annotations

from markupsafe import Markup

from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, sections
from automl_tl.report.verdict import LIGHTS, verdict

__all__ = ["Summary"]

_STOP_REASONS = {
    "COMPLETED": "the search was complete",
    "BUDGET_TRIALS": "the number of trials was used up",
    "BUDGET_WALL_TIME": "the time was used up",
    "BUDGET_GPU_SECONDS": "the GPU time was used up",
    "BUDGET_MONEY": "the money was used up",
    "STOP_AFTER": "it was asked to stop after an earlier stage",
    "CANCELLED": "somebody cancelled it",
    "FAILED": "it failed",
}


class Summary(Section):
    """Four statements with lights, warnings, and the user's own notes."""

    name = "summary"
    heading = "Summary"
    position = 10

    def render(self, content: ReportContent) -> Markup:
        """Return the verdict block."""
        return render_template(
            "sections/summary.html.j2",
            content=content,
            statements=verdict(content),
            lights=LIGHTS,
            stop=_STOP_REASONS.get(content.stop_reason, content.stop_reason.lower().replace("_", " ")),
        )


sections.register(Summary.name, Summary())
