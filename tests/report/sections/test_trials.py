"""The section ``trials`` keeps the contract of sections."""

from automl_tl.report.sections.trials import Trials
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = Trials()


def test_the_best_trial_comes_first_and_the_winner_is_marked():
    """Sorted by value, pruned ones counted."""
    html = Trials().render(sample_image_report())
    assert html.index("t0004</th>") < html.index("t0001</th>")
    assert '<tr class="main"><th scope="row">t0004</th>' in html
    assert "1 of them stopped early" in html


def test_without_trials_there_is_no_section():
    """Nothing to show."""
    from dataclasses import replace

    assert not Trials().applies(replace(sample_text_report(), trials=()))
