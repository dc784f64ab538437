"""The section ``inherited`` keeps the contract of sections."""

from automl_tl.report.sections.inherited import InheritedBias
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = InheritedBias()


def test_every_line_and_the_change_are_shown():
    """Terms, associations, before and after; finalists of the pictures."""
    html = InheritedBias().render(sample_text_report())
    assert "Swapping who is meant" in html
    assert "better" in html
    assert "effect size" in html
    assert "Gaps of the finalists" in InheritedBias().render(sample_image_report())
