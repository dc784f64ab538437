"""What people have to state, what is missing, and where frameworks' questions are answered."""

from __future__ import annotations

from markupsafe import Markup

from automl_tl.report.completeness import STATEMENTS, completeness
from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.regulation import FRAMEWORKS
from automl_tl.report.sections.base import Section, sections

__all__ = ["Record"]


class Record(Section):
    """Statements of people, completeness, and the table of pointers."""

    name = "record"
    heading = "For the record"
    position = 95

    def render(self, content: ReportContent) -> Markup:
        """Return the statements, what is missing, and one table per framework."""
        present = [
            section for section in (sections.get(name) for name in sections.names()) if section.applies(content)
        ]
        return render_template(
            "sections/record.html.j2",
            found=completeness(content),
            statements=[
                (name, what, content.statements.get(name, "").strip()) for name, what in STATEMENTS.items()
            ],
            frameworks=FRAMEWORKS,
            headings={section.name: section.heading for section in present},
            said={name for name in STATEMENTS if content.statements.get(name, "").strip()},
        )


sections.register(Record.name, Record())
