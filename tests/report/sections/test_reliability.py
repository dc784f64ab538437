"""The section ``reliability`` keeps the contract of sections."""

from automl_tl.report.sections.reliability import Reliability
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = Reliability()


def test_diagram_and_figures():
    """Of the pictures; texts have none."""
    html = Reliability().render(sample_image_report())
    assert "<polygon" in html
    assert "Brier score" in html
    assert not Reliability().applies(sample_text_report())
