"""Searches whose truth is known."""

import pytest

from automl_tl.testing.search_sample import FACTORS, SearchTruth, sample_search


def test_enumerated_shares_follow_the_sizes():
    """The factor with the largest effect has the largest share, and all factors are told of."""
    truth = SearchTruth(0)
    found = truth.influences(sample_search(truth, 10, noise=0.0))
    assert set(found) == set(FACTORS)
    assert max(found, key=found.__getitem__) == max(truth.sizes, key=truth.sizes.__getitem__)


def test_only_strategies_that_have_a_setting_set_it():
    """A linear probe has no learning rate; the same seed gives the same search."""
    trials = sample_search(SearchTruth(0), 40)
    assert all(not t.parameters for t in trials if t.strategy == "linear_probe")
    assert all(("frozen_fraction" in t.parameters) == (t.strategy == "partial_unfreezing") for t in trials)
    assert trials == sample_search(SearchTruth(0), 40)
    assert trials[0].value == pytest.approx(
        SearchTruth(0).value({"model": trials[0].model, "strategy": trials[0].strategy, **trials[0].parameters})
        - 0.06 * (1 - trials[0].curve[-1].fraction),
        abs=0.05,
    )
