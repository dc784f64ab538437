"""The made-up choice has the form of a real one."""

from automl_tl.testing.report_sample import sample_image_report


def test_the_winner_is_the_reports_and_the_shares_are_told_of_it():
    """Ids are those of the sample's trials; some point is on the front."""
    content = sample_image_report()
    assert content.choice.rivalry.winner == content.final.trial
    assert {point.trial for point in content.choice.costs} <= {trial.id for trial in content.trials}
    assert any(point.efficient for point in content.choice.costs)
