"""The section ``model_choice`` keeps the contract of sections and says what it cannot tell."""

from dataclasses import replace

from automl_tl.choice.base import ModelChoice, Rivalry, SearchInfluences
from automl_tl.report.sections.model_choice import ModelChoiceSection
from automl_tl.testing.report_sample import sample_image_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = ModelChoiceSection()


def test_every_part_is_there_with_its_reserves():
    """Weak is marked, the paired test is worded, conditional settings name their strategies."""
    html = str(ModelChoiceSection().render(sample_image_report()))
    assert "In the ranking, before any fine-tuning" in html
    assert '<span class="badge">weak</span>' in html
    assert "only in partial_unfreezing" in html
    assert "p = 0.688" in html
    assert "These rows cannot tell the two apart" in html
    assert "associations within this search" in html


def test_a_refusal_stands_where_the_figures_would_be():
    """With its reason, and without a chart."""
    reason = "9 trials were measured, and below 15 such figures would be chance"
    choice = ModelChoice(
        SearchInfluences("too_few_trials", reason, 9), Rivalry("t1", "t2", reason="no time was left")
    )
    html = str(ModelChoiceSection().render(replace(sample_image_report(), choice=choice)))
    assert reason in html
    assert "were not compared row by row: no time was left" in html
    assert "Cost beside accuracy" not in html


def test_a_report_of_an_older_version_has_no_such_section():
    """Nothing was looked into."""
    assert not ModelChoiceSection().applies(replace(sample_image_report(), choice=None))
