"""The section ``second_look`` keeps the contract of sections."""

from dataclasses import replace

from automl_tl.explain.overview.base import Overview
from automl_tl.report.sections.second_look import SecondLook
from automl_tl.testing.report_sample import sample_image_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = SecondLook()


def test_errors_and_doubtful_labels_are_listed_with_their_ids():
    """Where they are, what is written there, and what is more likely."""
    html = SecondLook().render(sample_image_report())
    assert "digits/0005.png" in html
    assert "1 of 26 wrong answers" in html
    assert "2 labels in doubt" in html
    assert "digits/0812.png" in html
    assert "91 %" in html
    assert "about 1 would be" in html


def test_without_any_there_is_no_section():
    """Nothing to look at."""
    assert not SecondLook().applies(replace(sample_image_report(), overview=None))
    assert not SecondLook().applies(replace(sample_image_report(), overview=Overview()))
