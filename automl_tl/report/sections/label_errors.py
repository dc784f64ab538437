"""Which labels are found and which are not, where rows have several."""

from __future__ import annotations

from markupsafe import Markup

from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, sections

__all__ = ["LabelErrors"]

_SHOWN = 30


class LabelErrors(Section):
    """Only for jobs with several labels per row."""

    name = "label_errors"
    heading = "How well each label is found"
    position = 54

    def applies(self, content: ReportContent) -> bool:
        """Return whether labels were measured."""
        return bool(content.label_figures)

    def render(self, content: ReportContent) -> Markup:
        """Return one row per label, the most frequent first."""
        ordered = sorted(content.label_figures, key=lambda figure: (-figure.support, figure.name))
        return render_template(
            "sections/label_errors.html.j2",
            figures=ordered[:_SHOWN],
            hidden=max(len(ordered) - _SHOWN, 0),
            silent=[figure.name for figure in ordered if not figure.support],
        )


sections.register(LabelErrors.name, LabelErrors())
