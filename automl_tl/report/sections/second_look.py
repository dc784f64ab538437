"""Examples that deserve a second look: the most confident errors, and labels that may be wrong."""

from __future__ import annotations

import math

from markupsafe import Markup

from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, sections

__all__ = ["SecondLook"]


class SecondLook(Section):
    """Ids only: what these examples look like stays in the data set."""

    name = "second_look"
    heading = "Examples that deserve a second look"
    position = 64

    def applies(self, content: ReportContent) -> bool:
        """Return whether there are errors or doubtful labels."""
        return content.overview is not None and bool(content.overview.errors or content.overview.label_issues)

    def render(self, content: ReportContent) -> Markup:
        """Return both lists."""
        found = content.overview
        assert found is not None
        by_chance = found.label_issues_expected
        return render_template(
            "sections/second_look.html.j2",
            found=found,
            expected=round(by_chance) if math.isfinite(by_chance) else None,
            numbers=content.numbers is not None,
            hidden=content.numbers is not None and not content.include_examples,
        )


sections.register(SecondLook.name, SecondLook())
