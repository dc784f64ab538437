"""The section ``slices`` keeps the contract of sections."""

from dataclasses import replace

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


def test_what_must_be_known_of_the_rows_is_told_where_no_group_was_named():
    """Without the section on named groups nobody else would say it."""
    sample = sample_image_report()
    noted = replace(sample.fairness, notes=("rows with the same “Patient” resemble each other",))
    html = Slices().render(replace(sample, fairness=replace(noted, attributes=())))
    assert "Rows with the same “Patient” resemble each other." in html
    assert "resemble each other" not in Slices().render(replace(sample, fairness=noted))
