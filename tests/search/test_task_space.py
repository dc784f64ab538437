"""A search space for a task."""

import pytest

from automl_tl.errors import NotFound, SearchSpaceError
from automl_tl.search.space import SearchSpace, StrategySpace
from automl_tl.search.space_files import load_space
from automl_tl.search.space_reader import parse_space
from automl_tl.search.task_space import space_for_task


def names(space):
    return {parameter.name for strategy in space.strategies for parameter in strategy.parameters}


@pytest.mark.parametrize("file", ["image", "text"])
def test_classification_keeps_everything(file):
    """Nothing is taken away where all of it means something."""
    space = load_space(file)
    assert space_for_task(space, "classification") == space


@pytest.mark.parametrize("file", ["image", "text"])
def test_numbers_have_no_labels_to_smooth(file):
    """Neither in ranges nor in the portfolio; the rest stays."""
    space = load_space(file)
    fitting = space_for_task(space, "regression")
    assert "label_smoothing" in names(space)
    assert "label_smoothing" not in names(fitting)
    assert "learning_rate" in names(fitting)
    assert not any("label_smoothing" in entry.parameters for entry in fitting.portfolio)
    kept = {strategy.name for strategy in fitting.strategies}
    assert {entry.strategy for entry in fitting.portfolio} <= kept
    assert "contrastive" not in kept


def test_a_space_that_cannot_learn_the_task_is_refused():
    """It names what it has."""
    space = parse_space(
        "modality: text\nstrategies:\n  contrastive:\n    updates: {kind: int, low: 4, high: 8, default: 6}\n"
    )
    with pytest.raises(
        SearchSpaceError, match="no strategy for the task multilabel; its strategies are contrastive"
    ):
        space_for_task(space, "multilabel")


def test_a_strategy_that_nobody_knows_is_not_searched():
    """Its trials could only fail. A space from YAML has none: reading it says where the name stands."""
    with pytest.raises(NotFound, match="there is no strategy 'probe_then_fintune'; known: contrastive"):
        space_for_task(SearchSpace("own", "image", (StrategySpace("probe_then_fintune", ()),)), "classification")
