"""The section ``record`` keeps the contract of sections; statements, gaps and pointers are in it."""

from dataclasses import replace

from automl_tl.report.completeness import STATEMENTS
from automl_tl.report.sections.record import Record
from automl_tl.testing.report_sample import sample_image_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = Record()


def test_what_people_stated_stands_there_and_the_rest_is_marked():
    """Escaped, and said in the tables of pointers too."""
    html = str(Record().render(replace(sample_image_report(), statements={"deployer": "the <b>office</b>"})))
    assert "the &lt;b&gt;office&lt;/b&gt;" in html
    assert html.count("not stated yet") == len(STATEMENTS) - 1
    assert "deployer (stated)" in html


def test_pointers_lead_to_sections_that_are_there():
    """A section that does not apply is said to be missing and is no link."""
    html = str(Record().render(replace(sample_image_report(), choice=None)))
    assert 'href="#model_choice"' not in html
    assert 'href="#bias"' in html
    assert "not that it is sufficient" in html
