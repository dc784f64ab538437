"""The section ``global_explanations`` keeps the contract of sections."""

from dataclasses import replace

from automl_tl.explain.overview.base import Overview
from automl_tl.report.content import from_json, to_json
from automl_tl.report.sections.global_explanations import GlobalExplanations
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = GlobalExplanations()


def test_pictures_show_maps_columns_and_neighbours():
    """Every average with its count, its interval and what chance would reach."""
    html = GlobalExplanations().render(sample_image_report())
    assert "“0”, 6 pictures" in html
    assert "foretells the model" in html
    assert "no evidence" in html
    assert "right answers (1), 80 % of them" in html
    assert "wrong answers (1), 20 % of them" in html


def test_texts_show_words_with_intervals_and_what_was_left_out():
    """A word whose interval includes zero is not coloured; missing findings are told."""
    html = GlobalExplanations().render(sample_text_report())
    assert 'class="word for" style="--strength:30%">thank' in html
    assert 'class="word against" style="--strength:30%">not' in html
    assert "<span>the</span>" in html
    assert "Nearest training examples were not looked for" in html


def test_private_reports_keep_only_words_that_many_texts_share():
    """Five texts or more; ids and averages stay."""
    html = GlobalExplanations().render(from_json(to_json(sample_text_report(include_examples=False))))
    assert "thank" in html
    assert "waited" not in html


def test_without_findings_there_is_no_section():
    """Nothing to say is not said."""
    content = sample_image_report()
    assert not GlobalExplanations().applies(replace(content, overview=None))
    assert not GlobalExplanations().applies(replace(content, overview=Overview()))


def test_the_page_says_what_averages_rest_on():
    """How many add up, how many were checked no further, and what checks of single ones found above."""
    content = sample_image_report()
    html = GlobalExplanations().render(content)
    assert "30 of the 30 explanations averaged add up to the model&#39;s answer" in html
    assert "26 of them were not checked one by one" in html
    verdicts = [entry.quality.verdict for entry in content.explanations]
    faithful = verdicts.count("faithful")
    assert 0 < faithful < len(verdicts)
    assert f"{faithful} of the {len(verdicts)} checked were faithful" in html


def test_older_reports_do_not_say_what_averages_rest_on():
    """Nothing was counted then, which is not the same as none."""
    content = sample_image_report()
    older = replace(content.overview, samples_checked=None, samples_additive=None)
    assert "add up" not in GlobalExplanations().render(replace(content, overview=older))
