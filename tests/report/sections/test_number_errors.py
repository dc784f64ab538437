"""The section ``number_errors`` keeps the contract of sections."""

from automl_tl.report.sections.number_errors import NumberErrors
from automl_tl.testing.report_sample import sample_image_report, sample_number_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = NumberErrors()


def test_only_numbers_have_errors():
    """Classes have a confusion matrix instead."""
    assert not NumberErrors().applies(sample_image_report())
    html = NumberErrors().render(sample_number_report())
    assert "half are off by less than" in html
    assert html.count("<svg") == 2
