"""Which candidates a search space has a strategy for."""

import pytest

from automl_tl.errors import SearchSpaceError
from automl_tl.search.coverage import covered
from automl_tl.search.space import SearchSpace, Situation
from automl_tl.search.space_reader import parse_space

SPACE = parse_space("""
modality: image
strategies:
  full_finetune:
    when: {family: [vit]}
    updates: {kind: int, low: 4, high: 8, default: 6}
  lora:
    when: {model_parameters: {at_least: 1e6}}
    updates: {kind: int, low: 4, high: 8, default: 6}
""")
VIT = Situation("vit", 1000, 100, 10)
CONVNET = Situation("resnet", 1000, 100, 10)
UNKNOWN = Situation("resnet", 0, 100, 10)


def test_a_model_without_a_strategy_is_told_with_the_rules_that_it_breaks():
    """The others stay, in their order, and of them nothing is said."""
    warnings = []
    found = covered(SPACE, {"hf:a": VIT, "hf:b": CONVNET, "hf:c": UNKNOWN, "hf:d": VIT}, warnings.append)
    assert list(found.items()) == [("hf:a", VIT), ("hf:d", VIT)]
    first, second = warnings
    assert first.startswith(
        "hf:b is not fine-tuned and keeps its linear probe: the search space 'search_space_yaml'"
    )
    assert (
        "full_finetune: family must be vit but is resnet, lora: model_parameters must be at least 1e+06" in first
    )
    assert second.startswith("hf:c")
    assert second.endswith("but is unknown)")


def test_a_space_for_none_of_them_is_an_error():
    """With every model and its reasons; no warning beside it."""
    with pytest.raises(SearchSpaceError, match=r"holds for hf:b \(full_finetune: .*; hf:c \(.*; add a strategy"):
        covered(SPACE, {"hf:b": CONVNET, "hf:c": UNKNOWN}, pytest.fail)


def test_a_space_without_strategies_is_for_nobody():
    """As that of data which can only be ranked."""
    with pytest.raises(SearchSpaceError, match=r"hf:a \(it has none\)"):
        covered(SearchSpace("", "image", ()), {"hf:a": VIT}, pytest.fail)
