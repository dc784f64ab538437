"""The best rung is kept, and kept only when it is the best."""

from __future__ import annotations

import copy
import dataclasses

import pytest
import torch

from automl_tl.errors import TrialFailed
from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.fine_tuning import fine_tune, freezes_statistics, updates_per_look
from automl_tl.finetune.recipe import Recipe

RECIPE = Recipe("full_finetune", updates=18, batch_size=12, learning_rate=3e-3)


@pytest.fixture
def climb(workload, tiny_model, model_id, unlimited):
    """Return a function that fine-tunes and gives (climb, kept points)."""

    def run(**options):
        kept = []
        classifier = Classifier(copy.deepcopy(tiny_model.backbone), workload.heads[model_id])
        defaults = {"report": lambda point: True, "remaining": unlimited, "start": None}
        result = fine_tune(
            classifier,
            workload,
            RECIPE,
            seed=0,
            device=torch.device("cpu"),
            keep=kept.append,
            **{**defaults, **options},
        )
        return result, kept

    return run


def test_the_last_kept_point_is_the_best_and_lies_on_the_curve(climb):
    result, kept = climb()
    assert kept[-1] is result.best
    assert all(point in result.curve for point in kept)
    assert [point.update for point in result.curve] == [2, 6, 12, 18]


def test_a_start_that_nothing_beats_stays_the_best(climb):
    perfect = dataclasses.replace(climb()[0].best, update=0, metrics={"accuracy": 1.0, "log_loss": 0.0})
    result, kept = climb(start=perfect)
    assert result.best is perfect
    assert kept == []


def test_without_a_start_and_without_time_there_is_nothing_to_keep(climb):
    with pytest.raises(TrialFailed, match="time was used up"):
        climb(remaining=lambda: 0.0)


@pytest.mark.parametrize(
    ("n_train", "batch_size", "frozen"), [(100, 16, True), (5000, 16, False), (5000, 4, True)]
)
def test_few_examples_keep_the_sources_statistics(n_train, batch_size, frozen):
    assert freezes_statistics(Recipe("full_finetune", batch_size=batch_size), n_train) is frozen


def test_a_look_at_a_solved_head_also_costs_a_pass_over_the_training_part(workload):
    plain = updates_per_look(workload, Recipe("full_finetune", batch_size=12))
    solved = updates_per_look(workload, Recipe("contrastive", batch_size=12))
    assert (plain, solved) == (24 / 12 + 1, (24 + 36) / 12 + 1)
