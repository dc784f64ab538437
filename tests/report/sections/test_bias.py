"""The section ``bias`` keeps the contract of sections."""

from automl_tl.report.sections.bias import Bias
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = Bias()


def test_sizes_and_verdicts_are_printed():
    """Every group row carries its n; binning is said openly."""
    html = Bias().render(sample_image_report())
    assert "violation</span>" in html
    assert "no evidence of a violation" in html
    assert "n = 131" in html
    assert "cut into 4 groups" in html


def test_without_attributes_there_is_no_section():
    """The limits section says so instead."""
    assert not Bias().applies(sample_text_report())
