"""The section ``number_errors`` keeps the contract of sections."""

from dataclasses import replace

from automl_tl.report.content import from_json, to_json
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


def test_bounds_that_are_not_told_are_open():
    """Without examples neither the smallest nor the largest true number has a place, and the caption says so."""
    plain = to_json(replace(sample_number_report(), include_examples=False))
    html = NumberErrors().render(from_json(plain))
    assert html.count('<th scope="row">up to ') == html.count('<th scope="row">from ') == 1
    assert "The smallest and the largest true number are not shown" in html
    shown = NumberErrors().render(replace(sample_number_report(), include_examples=True))
    assert "up to" not in shown
    assert "are not shown" not in shown
