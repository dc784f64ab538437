"""The section ``model_choice`` keeps the contract of sections and says what it cannot tell."""

from dataclasses import replace

import pytest

from automl_tl.choice.base import ModelChoice, Rivalry, SearchInfluences
from automl_tl.finetune.evaluation import Interval
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


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        (Interval(0.05, 0.01, 0.09), "zero lies outside it: the difference is more than chance"),
        (Interval(0.05, -0.01, 0.11), "these groups cannot tell the two apart"),
        (Interval(0.05, float("nan"), float("nan")), "these groups cannot tell the two apart"),
    ],
)
def test_where_rows_belong_together_the_interval_of_groups_decides(interval, words):
    """Without a p-value nothing is said of one."""
    rivalry = Rivalry("t1", "t2", 60, difference=interval, only_winner=9, only_runner_up=6, reason="of a kind")
    choice = ModelChoice(SearchInfluences("too_few_trials", "few", 9), rivalry)
    html = str(ModelChoiceSection().render(replace(sample_image_report(), choice=choice)))
    assert words in html
    assert "Only the winner is right on 9 rows, only the runner-up on 6." in html
    assert "There is no p-value: of a kind." in html
    assert "McNemar" not in html
    assert "p = " not in html


@pytest.mark.parametrize(
    ("ours", "theirs", "p_value", "words"),
    [
        (18, 5, 0.01, "The difference is more than chance among these rows."),
        (5, 18, 0.01, "By right answers the runner-up is ahead by more than chance"),
        (5, 9, 0.42, "These rows cannot tell the two apart"),
    ],
)
def test_the_sentence_names_whom_the_test_favours(ours, theirs, p_value, words):
    """The winner leads by the job's metric; a test of right answers may see the other one ahead."""
    found = Rivalry(
        "t1", "t2", 80, difference=Interval(0.02, 0.001, 0.04), p_value=p_value, test="mcnemar", only_winner=ours,
        only_runner_up=theirs,
    )  # fmt: skip
    choice = ModelChoice(SearchInfluences("too_few_trials", "few", 9), found)
    assert words in str(ModelChoiceSection().render(replace(sample_image_report(), choice=choice)))
