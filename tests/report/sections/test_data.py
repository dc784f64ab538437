"""The section ``data`` keeps the contract of sections."""

from automl_tl.report.sections.data import Data
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = Data()


def test_parts_duplicates_and_remarks_are_shown():
    """Counts, copies across parts and rows that were left out."""
    html = Data().render(sample_image_report())
    assert "<strong>240</strong> sealed for the end" in html
    assert "4 rows in 2 sets of copies; 1 set lies in more than one part" in html
    assert "the file is not a readable image" in html
    assert "1 remark on single rows" in html


def test_a_sparse_profile_is_enough():
    """The text sample's profile has little more than class counts."""
    assert "a text" in Data().render(sample_text_report())
