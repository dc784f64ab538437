"""A search space for a task."""

import numpy as np
import pytest

from automl_tl.errors import NotFound, SearchSpaceError
from automl_tl.finetune.imbalance import imbalance
from automl_tl.search.portfolio import starts
from automl_tl.search.space import SearchSpace, Situation, StrategySpace
from automl_tl.search.space_files import load_space, space_names
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


def offered(space, labels):
    """Return which choices full fine-tuning has in this space on these label sets, and the recipes tried first."""
    situation = Situation("resnet", 5_000_000, len(labels), labels.shape[1], imbalance(labels))
    active = {entry.name: entry.choices for entry in space.strategy("full_finetune").active(situation)}
    return active, [start.parameters for start in starts(space, ["m"], {"m": situation})]


@pytest.mark.parametrize("file", space_names())
def test_shipped_spaces_try_weights_and_focal_loss_where_labels_are_imbalanced(file):
    """400 rows, ten labels, the rarest on 12 rows; where all are on 40, neither is in question."""
    space = space_for_task(load_space(file), "multilabel")
    rows = np.arange(400)[:, None]
    rare = (rows < np.array([160, 120, 100, 80, 60, 50, 40, 30, 20, 12])).astype(np.int64)
    active, first = offered(space, rare)
    assert set(active["class_weights"]) == {"metric", "none", "sqrt", "inverse"}
    assert max(active["focal"]) > 0
    assert any(recipe.get("focal", 0) > 0 for recipe in first)
    assert "sampling" not in active
    alike, recipes = offered(space, (rows < np.full(10, 40)).astype(np.int64))
    assert not {"class_weights", "focal"} & set(alike)
    assert not any({"class_weights", "focal"} & set(recipe) for recipe in recipes)


def test_a_recipe_of_which_nothing_is_left_is_not_tried():
    """Balanced sampling means nothing for label sets, and without it the recipe is another one's."""
    space = load_space("image")
    bare = [entry for entry in space.portfolio if set(entry.parameters) == {"sampling"}]
    assert bare
    kept = space_for_task(space, "multilabel").portfolio
    assert len(kept) == len(space.portfolio) - len(bare)
    assert sum(entry.strategy == "full_finetune" and not entry.parameters for entry in kept) == 1


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
