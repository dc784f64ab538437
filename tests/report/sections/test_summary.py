"""The section ``summary`` keeps the contract of sections."""

from automl_tl.report.sections.summary import Summary
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = Summary()


def test_the_verdict_stands_first_with_warnings_and_notes():
    """Model, figure, notes as written, and why the search ended."""
    html = Summary().render(sample_image_report())
    assert "starter:glyph-resnet" in html
    assert "Half of the images were degraded on purpose" in html
    assert "Digits from the sorting office.\nPlease look at the scanner in hall B." in html
    assert "the number of trials was used up" in html


def test_negative_transfer_is_said_plainly():
    """The text sample does better from scratch."""
    assert "negative transfer" in Summary().render(sample_text_report())
