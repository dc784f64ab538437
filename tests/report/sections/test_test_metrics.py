"""The section ``test_metrics`` keeps the contract of sections."""

from dataclasses import replace

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
    names = tuple(f"class {i}" for i in range(30))
    matrix = tuple(tuple(5 if i == j else int(j == i + 1) for j in range(30)) for i in range(30))
    html = TestMetrics().render(replace(sample_image_report(), class_names=names, confusion=matrix))
    assert "Which classes are confused most often" in html


def test_sets_and_the_second_estimate_are_told_beside_the_test_figures():
    """What was promised and what was seen; what was chosen inside, and what was not part of it."""
    html = str(TestMetrics().render(sample_image_report()))
    assert "at least 90.0 % of inputs like these" in html
    assert "On the 240 test examples they hold it for 92.1 %, and the threshold alone for 89.3 %" in html
    assert "a threshold hold 80.0 % to 97.0 % nineteen times in twenty" in html
    assert "3 times 5-fold nested cross-validation" in html
    assert "starter:glyph-resnet 13 times" in html
    assert "nested" not in str(TestMetrics().render(sample_text_report()))


def test_why_there_is_no_second_estimate_is_told_in_its_place():
    """Whoever expects one for so few rows hears the reason."""
    html = str(TestMetrics().render(replace(sample_text_report(), nested_missing="time was up before it began")))
    assert "A second estimate, without the test part, was not made: time was up before it began." in html
    assert "data sets with fewer than 500 rows" in html


def test_the_units_of_prediction_sets_are_named():
    """What the promise is about where of each unit one row was looked at."""
    sample = sample_image_report()
    html = str(TestMetrics().render(replace(sample, coverage=replace(sample.coverage, unit="patient"))))
    assert "calibrated on 40 rows, one of each “patient”, that nothing else has seen" in html
    assert (
        "of inputs like these, one of each new “patient”. On the 240 test examples, one of each “patient”," in html
    )
    assert "one of each" not in str(TestMetrics().render(sample))
