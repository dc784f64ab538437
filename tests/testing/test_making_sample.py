"""The sample of a model's making has what a report can show."""

from __future__ import annotations

from automl_tl.testing.making_sample import sample_coverage, sample_decisions, sample_nested


def test_there_is_a_step_of_every_kind():
    """Kept, not kept, and not measured."""
    decisions = sample_decisions()
    assert {decision.kept for decision in decisions} == {True, False}
    assert any(not decision.gains for decision in decisions)


def test_the_figures_agree_with_each_other():
    """Every fold chose one model; the coverage lies in its interval."""
    nested, coverage = sample_nested(), sample_coverage()
    assert sum(nested.chosen.values()) == nested.folds * nested.repeats
    assert coverage.expected.low <= coverage.covered <= coverage.expected.high
