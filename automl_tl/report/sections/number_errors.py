"""How far predicted numbers are off: scatter, spread of the errors, and where they are large."""

from __future__ import annotations

from markupsafe import Markup

from automl_tl.report.charts.number_scatter import error_bars, number_scatter
from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.numbers import RangeErrors
from automl_tl.report.sections.base import Section, sections
from automl_tl.report.wording import digits

__all__ = ["NumberErrors"]


class NumberErrors(Section):
    """Only for jobs that predict a number."""

    name = "number_errors"
    heading = "How far its numbers are off"
    position = 52

    def applies(self, content: ReportContent) -> bool:
        """Return whether numbers were predicted and measured."""
        return content.numbers is not None and bool(content.numbers.true)

    def render(self, content: ReportContent) -> Markup:
        """Return both charts and the table by range."""
        found = content.numbers
        assert found is not None
        return render_template(
            "sections/number_errors.html.j2",
            found=found,
            scatter=number_scatter(
                found.true,
                found.predicted,
                name=found.name,
                tick=digits,
                points="means of several test examples" if found.averaged else "test examples",
            ),
            errors=error_bars(found.true, found.predicted, name=found.name, tick=digits),
            digits=digits,
            range_name=_range_name,
        )


def _range_name(entry: RangeErrors) -> str:
    """Return ``12 to 34``, ``up to 34``, ``from 12``, or ``all numbers`` by which bounds are told."""
    if entry.low is None:
        return "all numbers" if entry.high is None else f"up to {digits(entry.high)}"
    return f"from {digits(entry.low)}" if entry.high is None else f"{digits(entry.low)} to {digits(entry.high)}"


sections.register(NumberErrors.name, NumberErrors())
