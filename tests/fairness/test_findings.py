"""Findings know which of their parts matter."""

from automl_tl.fairness.findings import SliceCard, SliceReport


def test_flagged_slices_are_those_that_chance_does_not_explain():
    """In their order."""
    cards = tuple(SliceCard(f"s{i}", 20, i, i / 20, 0.0, 1.0, 0.1, 0.5, 0.5, flagged=i == 2) for i in range(3))
    assert [card.name for card in SliceReport(cards, 60, 3, "violation", "").flagged] == ["s2"]
