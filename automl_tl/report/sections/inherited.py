"""What the model brought along from pretraining, before and after fine-tuning, and model beside model."""

from __future__ import annotations

from markupsafe import Markup

from automl_tl.fairness.base import FairnessReport
from automl_tl.fairness.summary import words
from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, sections
from automl_tl.report.sections.bias import VERDICT_LIGHTS

__all__ = ["InheritedBias", "render_inherited"]

_KINDS = {
    "term_swap": "Swapping who is meant",
    "embedding_association": "Associations in the embedding",
    "stereotype_pairs": "Stereotypes against their opposites",
    "photometric": "Changing light, colour and background",
}
_DIRECTIONS = {
    "better": ("good", "better"),
    "worse": ("bad", "worse"),
    "unclear": ("unknown", "no clear change"),
    "not compared": ("unknown", "not compared"),
}


class InheritedBias(Section):
    """Counterfactuals, associations, their change, and the bias column of the leaderboard."""

    name = "inherited"
    heading = "What it brought along"
    position = 74

    def applies(self, content: ReportContent) -> bool:
        """Return whether anything was tested."""
        report = content.fairness
        return report is not None and bool(report.inherited or report.finalists)

    def render(self, content: ReportContent) -> Markup:
        """Return tables."""
        assert content.fairness is not None
        return render_inherited(content.fairness)


def render_inherited(report: FairnessReport) -> Markup:
    """Return everything below the heading."""
    return render_template(
        "sections/inherited.html.j2",
        report=report,
        kinds=_KINDS,
        lights=VERDICT_LIGHTS,
        directions=_DIRECTIONS,
        effect_kinds=("embedding_association",),
        label=words,
    )


sections.register(InheritedBias.name, InheritedBias())
