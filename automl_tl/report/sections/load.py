"""How to use the model."""

from __future__ import annotations

from markupsafe import Markup

from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, sections

__all__ = ["Load"]

_EXAMPLES = {"image": '["photo.png"]', "text": '["a text to classify"]'}


class Load(Section):
    """Three lines of Python, and what to know before using the weights."""

    name = "load"
    heading = "How to use the model"
    position = 80

    def render(self, content: ReportContent) -> Markup:
        """Return the code."""
        return render_template(
            "sections/load.html.j2",
            content=content,
            example=_EXAMPLES.get(content.modality, "[...]"),
            job=content.job.rsplit("/", 1)[-1],
        )


sections.register(Load.name, Load())
