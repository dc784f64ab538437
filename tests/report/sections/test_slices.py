"""The section ``slices`` keeps the contract of sections."""

from automl_tl.report.sections.slices import Slices
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = Slices()


def test_flagged_slices_have_cards_and_shortcuts_a_table():
    """With what is more frequent inside."""
    html = Slices().render(sample_image_report())
    assert "Most typical: digits/" in html
    assert "true class=5" in html
    assert "brightness" in html
    assert not Slices().applies(sample_text_report())
