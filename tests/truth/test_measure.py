"""One cell: a candidate is fine-tuned, its best checkpoint tested; whatever fails becomes its error."""

import math

import numpy as np
import pytest
import torch

from automl_tl.finetune.strategies.base import strategies
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.truth import measure as module
from automl_tl.truth.measure import STRATEGY, measure, recipe_of
from automl_tl.truth.task import draw_task


@pytest.fixture
def task(rounds):
    return draw_task("rounds", rounds, rows=20, seed=1)


def test_a_cell_has_figures_of_the_model_and_of_its_probe(task, cards, zoo, tmp_path):
    row = measure(task, cards[0], load_model=zoo, cache=EmbeddingCache(tmp_path / "cache"), updates=2)
    assert (row.data, row.model, row.seed, row.rows, row.updates) == ("rounds", "local:a", 1, 20, 2)
    assert (row.metric, row.error, row.task) == ("accuracy", "", task.digest)
    tested, checked = len(task.test), len(task.validation)
    for value, of in ((row.fine_tuned, tested), (row.probe, tested), (row.validation, checked)):
        assert value * of == pytest.approx(round(value * of))
        assert 0 <= value <= 1
    assert row.seconds > 0
    assert (tmp_path / "cache").is_dir()


def test_the_same_cell_gives_the_same_figures(task, cards, zoo):
    """And borrows the threads of torch only."""
    before = torch.get_num_threads()
    one, two = (measure(task, cards[0], load_model=zoo, updates=2) for _ in range(2))
    assert (one.fine_tuned, one.probe, one.validation) == (two.fine_tuned, two.probe, two.validation)
    assert torch.get_num_threads() == before


def test_the_test_part_is_never_learnt_from(task, cards, zoo, monkeypatch):
    """Training and choosing see the drawn rows, in the order of the task."""
    seen = []

    def run(workload, **options):
        seen.append(workload)
        raise RuntimeError("enough\nseen")

    monkeypatch.setattr(module, "run_trial", run)
    row = measure(task, cards[0], load_model=zoo, updates=2)
    (workload,) = seen
    assert np.array_equal(workload.train.labels, task.labels(task.train))
    assert np.array_equal(workload.validation.labels, task.labels(task.validation))
    assert len(workload.train_features["local:a"]) == len(task.train)
    assert row.error == "unexpected RuntimeError: enough seen"


def test_a_model_that_cannot_be_loaded_is_a_row_with_the_reason(task, cards, zoo):
    """In one line, because it becomes one of a table."""
    zoo.broken.add("local:a")
    row = measure(task, cards[0], load_model=zoo, updates=2)
    assert row.failed
    assert row.error == "local:a has no weights"
    assert math.isnan(row.fine_tuned)
    assert math.isnan(row.probe)
    assert math.isnan(row.validation)
    assert (row.rows, row.updates, row.task) == (20, 2, task.digest)


def test_ctrl_c_is_no_failure_of_the_model(task, cards, zoo, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "embed", interrupt)
    with pytest.raises(KeyboardInterrupt):
        measure(task, cards[0], load_model=zoo, updates=2)


def test_without_updates_the_recipe_of_the_strategy_is_used(cards):
    """Its number of updates too."""
    assert recipe_of(cards[0], 240, 0) == strategies.get(STRATEGY).default_recipe(cards[0], 240)
    assert recipe_of(cards[0], 240, 7).updates == 7
    assert recipe_of(cards[0], 240, 7).learning_rate == recipe_of(cards[0], 240, 0).learning_rate
