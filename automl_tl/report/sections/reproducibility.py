"""What somebody needs to get the same result."""

from __future__ import annotations

import json

from markupsafe import Markup

from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, sections

__all__ = ["ReproducibilitySection"]


class ReproducibilitySection(Section):
    """Command, seed, versions, digests and the whole job spec."""

    name = "reproducibility"
    heading = "How to get the same result again"
    position = 90

    def render(self, content: ReportContent) -> Markup:
        """Return the block."""
        return render_template(
            "sections/reproducibility.html.j2",
            content=content,
            block=content.reproducibility,
            spec=json.dumps(content.spec, indent=2, sort_keys=True, ensure_ascii=False),
        )


sections.register(ReproducibilitySection.name, ReproducibilitySection())
