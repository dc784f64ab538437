"""The section ``test_metrics`` keeps the contract of sections."""

from automl_tl.report.sections.test_metrics import TestMetrics
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = TestMetrics()


def test_differences_are_put_in_words():
    """Better, undecided and worse are told apart by the interval."""
    assert "final model is better" in TestMetrics().render(sample_image_report())
    text = TestMetrics().render(sample_text_report())
    assert "final model is worse" in text
    assert "no clear difference" in text


def test_many_classes_become_a_list_of_confusions():
    """No heat map beyond twenty classes."""
    from dataclasses import replace

    names = tuple(f"class {i}" for i in range(30))
    matrix = tuple(tuple(5 if i == j else int(j == i + 1) for j in range(30)) for i in range(30))
    html = TestMetrics().render(replace(sample_image_report(), class_names=names, confusion=matrix))
    assert "Which classes are confused most often" in html
