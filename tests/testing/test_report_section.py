"""The section contract finds sections that break it."""

import pytest
from markupsafe import Markup

from automl_tl.report.sections.base import Section
from automl_tl.testing.report_section import ReportSectionContract


class Broken(Section):
    name, heading, position = "broken", "Broken", 5

    def __init__(self, html):
        self.html = html

    def render(self, content):
        return Markup(self.html.replace("NOTES", content.notes))


@pytest.mark.parametrize(
    "html",
    [
        "<p>",
        "<p></div>",
        "<script></script>",
        '<p onclick="x()"></p>',
        '<a href="https://example.org">x</a>',
        "<svg></svg>",
        '<p style="background:url(x)"></p>',
    ],
)
def test_bad_html_is_found(html):
    """Each rule of the contract bites."""
    contract = ReportSectionContract()
    contract.section = Broken(html)
    with pytest.raises(AssertionError):
        contract.test_it_renders_well_formed_html_that_fetches_and_runs_nothing()


def test_unescaped_text_is_found():
    """Harmless content hides it, hostile content shows it."""
    contract = ReportSectionContract()
    contract.section = Broken("<p>NOTES</p>")
    contract.test_it_renders_well_formed_html_that_fetches_and_runs_nothing()
    with pytest.raises(AssertionError):
        contract.test_it_escapes_what_others_wrote()
