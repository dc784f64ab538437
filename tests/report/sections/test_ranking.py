"""The section ``ranking`` keeps the contract of sections."""

from automl_tl.report.sections.ranking import RankingSection
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = RankingSection()


def test_failed_models_are_listed_with_their_reason():
    """They do not vanish."""
    html = RankingSection().render(sample_image_report())
    assert "the hub cannot be reached" in html
    assert "nearest neighbours alone → starter:glyph-vit" in html
    assert "66 %" in html


def test_an_empty_ranking_is_no_reason_to_fail():
    """A report can be made although no model could be probed."""
    from dataclasses import replace

    content = sample_text_report()
    empty = replace(content, ranking=replace(content.ranking, models=()))
    assert "<svg" not in RankingSection().render(empty)
