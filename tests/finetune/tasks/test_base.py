"""The registry of learning tasks."""

import numpy as np
import pytest

from automl_tl.data.tasks.base import target_tasks
from automl_tl.finetune.classifier import random_head
from automl_tl.finetune.tasks.base import learning_tasks, task_of_labels

LABELS = {
    "classification": np.arange(40) % 3,
    "multilabel": (np.random.default_rng(0).random((40, 3)) < 0.4).astype(np.int64),
    "regression": np.random.default_rng(0).normal(50, 5, 40),
}


def test_both_rooms_know_the_same_tasks():
    """What labels look like, and how they are learnt."""
    assert learning_tasks.names() == target_tasks.names() == tuple(sorted(LABELS))


@pytest.mark.parametrize("name", sorted(LABELS))
def test_labels_know_their_task(name):
    """By their form."""
    assert task_of_labels(LABELS[name]) is learning_tasks.get(name)


def test_random_heads_are_drawn_in_the_unit_of_the_numbers():
    """An untrained network then predicts about the mean."""
    head = learning_tasks.get("regression").blank(random_head(1, 4, seed=0), LABELS["regression"])
    assert head.probabilities(np.zeros((1, 4)))[0, 0] == pytest.approx(LABELS["regression"].mean(), rel=1e-5)
    plain = random_head(3, 4, seed=0)
    blank = learning_tasks.get("classification").blank(plain, LABELS["classification"])
    assert np.array_equal(blank.weight, plain.weight)
