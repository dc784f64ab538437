"""The registry of sections."""

from automl_tl.report.sections.base import ordered_sections, sections
from automl_tl.testing.report_sample import sample_image_report, sample_text_report


def test_sections_come_in_page_order_and_only_where_they_apply():
    """Summary first, limits last; no bias section without attributes."""
    names = [section.name for section in ordered_sections(sample_image_report())]
    assert names[0] == "summary"
    assert names[-1] == "limits"
    assert len(names) == 19
    assert "bias" not in [section.name for section in ordered_sections(sample_text_report())]


def test_names_and_places_are_unique():
    """Anchors may not clash."""
    entries = [sections.get(name) for name in sections.names()]
    assert [entry.name for entry in entries] == list(sections.names())
    assert len({entry.position for entry in entries}) == len(entries)
