"""The section ``label_errors`` keeps the contract of sections."""

from dataclasses import replace

from automl_tl.report.labels import LabelFigure
from automl_tl.report.sections.label_errors import LabelErrors
from automl_tl.testing.report_sample import sample_image_report, sample_label_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = LabelErrors()


def test_labels_stand_in_the_order_of_their_frequency():
    """Those that no test example has are named."""
    assert not LabelErrors().applies(sample_image_report())
    html = LabelErrors().render(sample_label_report())
    assert html.index("storm") < html.index("guitar")
    assert "No test example has drummer" in html


def test_many_labels_are_cut():
    """The rest is in the JSON report."""
    many = tuple(LabelFigure(f"label {n}", 9, 9, 0.5, 0.5, 0.5, 0.5, 0.5) for n in range(40))
    assert "10 rarer labels" in LabelErrors().render(replace(sample_label_report(), label_figures=many))
