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


def test_a_model_that_breaks_two_limits_is_told_both():
    """Loosening one of them would not help."""
    names = ("timm:resnet18.a1_in1k", "timm:resnet50.a1_in1k", "timm:regnety_002.pycls_in1k")
    _, excluded = choose_candidates(
        ModelFilter(names=names, max_parameters=12_000_000, licences=("MIT",)), "image"
    )
    assert set(excluded) == set(names[:2])
    assert "parameters" not in excluded["timm:resnet18.a1_in1k"]
    assert "12,000,000; its licence Apache-2.0 is not among" in excluded["timm:resnet50.a1_in1k"]


def test_a_filter_that_leaves_nothing_says_which_limit_keeps_out_how_many():
    """And what would do."""
    names = ("timm:resnet18.a1_in1k", "timm:resnet50.a1_in1k")
    with pytest.raises(SpecError, match=r"licences = WTFPL keeps out 2 of 2.*Apache-2\.0.*starter") as caught:
        choose_candidates(ModelFilter(names=names, licences=("WTFPL",), max_parameters=12_000_000), "image")
    assert "max_parameters = 12,000,000 keeps out 1 of 2" in caught.value.message
    assert caught.value.field == "models.licences"


def test_limits_that_leave_nothing_only_together_are_named_together():
    """No single one of them is to blame."""
    names = ("timm:resnet18.a1_in1k", "timm:regnety_002.pycls_in1k")
    with pytest.raises(SpecError) as caught:
        choose_candidates(ModelFilter(names=names, licences=("Apache-2.0",), max_parameters=5_000_000), "image")
    assert caught.value.field == "models"
    assert caught.value.message.count("keeps out 1 of 2") == 2
