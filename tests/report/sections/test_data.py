"""The section ``data`` keeps the contract of sections."""

from dataclasses import replace

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


def test_pooled_values_and_groups_in_each_part_are_told():
    """Whoever reads the counts learns what was put together, and on how many patients the test figures rest."""
    content = sample_image_report()
    profile = {
        **content.profile,
        "group_by": "patient",
        "split_groups": {"train": 12, "validation": 4, "test": 3},
        "group_counts": {"site": {"others": {"train": 3}}},
        "group_notes": {"site": "7 rare values stand together as 'others' <here>"},
    }
    html = Data().render(replace(content, profile=profile))
    assert "train 12, validation 4, test 3" in html
    assert "7 rare values stand together" in html
    assert "<here>" not in html
