"""Which models take part, and why others do not."""

from __future__ import annotations

import pytest

from automl_tl.errors import SpecError
from automl_tl.pipeline.candidates import choose_candidates
from automl_tl.pipeline.spec import ModelFilter


def test_candidates_come_smallest_first():
    """A usable model is there soonest that way."""
    chosen, excluded = choose_candidates(ModelFilter(names=("timm",)), "image")
    sizes = [card.parameters for card in chosen]
    assert sizes == sorted(sizes)
    assert len(sizes) >= 25
    assert not excluded


def test_too_large_models_and_foreign_licences_are_excluded_with_their_reason():
    """The reason states rule and value."""
    names = ("timm:resnet18.a1_in1k", "timm:resnet50.a1_in1k")
    chosen, excluded = choose_candidates(ModelFilter(names=names, max_parameters=12_000_000), "image")
    assert [card.id for card in chosen] == ["timm:resnet18.a1_in1k"]
    assert "12,000,000" in excluded["timm:resnet50.a1_in1k"]


def test_a_filter_that_leaves_nothing_says_why():
    """And what would do."""
    with pytest.raises(SpecError, match=r"licence.*starter"):
        choose_candidates(ModelFilter(names=("timm:resnet18.a1_in1k",), licences=("WTFPL",)), "image")
