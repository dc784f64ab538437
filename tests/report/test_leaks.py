"""What the test part is called."""

from dataclasses import replace

import pytest

from automl_tl.report.leaks import examples_tested, is_leaky
from automl_tl.report.model_card import render_card
from automl_tl.report.sections.test_metrics import TestMetrics
from automl_tl.report.verdict import verdict
from automl_tl.testing.report_sample import sample_image_report, sample_text_report


def leaky(content, rows, **profile):
    return replace(content, profile={**content.profile, "leaked_test_rows": list(rows), **profile})


def test_new_examples_are_called_new():
    """As long as no copy was found."""
    content = leaky(sample_image_report(), [])
    assert not is_leaky(content)
    assert examples_tested(content) == "240 examples that neither training nor search ever saw"


@pytest.mark.parametrize(
    ("rows", "profile", "words"),
    [
        ([3], {}, "240 examples; 1 of them is identical with rows it learnt from"),
        ([3, 4, 9], {"part_counts": {"test": 240}}, "240 examples; 3 of them are identical with"),
        ([3], {"part_counts": {"test": 90_000}}, "240 examples; some of them are identical with"),
    ],
)
def test_copies_are_told(rows, profile, words):
    """Their number only where all rows were looked at."""
    assert words in examples_tested(leaky(sample_image_report(), rows, **profile))


def test_leaked_rows_ask_for_caution():
    """On the summary, in the section and on the model card."""
    content = leaky(sample_image_report(), [3, 4])
    before, card = verdict(sample_image_report())[1], verdict(content)[1]
    assert (before.light, card.light) == ("good", "caution")
    for text in (" ".join(card.sentences), str(TestMetrics().render(content)), render_card(content)):
        assert "2 of them are identical with rows it learnt from" in text
        assert "ever saw" not in text
    assert verdict(leaky(sample_text_report(), [3]))[1].light == "bad"
