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


def test_finalists_bear_the_worst_verdict_on_their_bias():
    """Between groups or of what was inherited; without finalists there is no column."""
    from dataclasses import replace

    sample = sample_image_report()
    html = Trials().render(sample)
    assert '<td><span class="badge bad">violation</span></td>' in html
    assert '<td><span class="badge unknown">unclear</span></td>' in html
    assert html.count('class="badge') == 2
    assert "best attempt of each of the leading models, three at most" in html
    assert "stands where nobody asked" in html
    assert "of the final model only" in html
    for finalists in ((), tuple(replace(cell, trial="") for cell in sample.fairness.finalists)):
        without = replace(sample, fairness=replace(sample.fairness, finalists=finalists))
        assert ">bias<" not in Trials().render(without)
    calm = replace(
        sample.fairness.finalists[0],
        attribute="",
        verdict="insufficient_evidence",
        inherited="no_evidence_of_violation",
    )
    html = Trials().render(replace(sample, fairness=replace(sample.fairness, finalists=(calm,))))
    assert "none seen" in html


def test_without_trials_there_is_no_section():
    """Nothing to show."""
    from dataclasses import replace

    assert not Trials().applies(replace(sample_text_report(), trials=()))
