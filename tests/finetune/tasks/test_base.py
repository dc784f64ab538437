"""The registry of learning tasks."""

import numpy as np
import pytest

from automl_tl.data.tasks.base import target_tasks
from automl_tl.finetune.classifier import random_head
from automl_tl.finetune.links import LINKS
from automl_tl.finetune.metrics import metrics, metrics_of
from automl_tl.finetune.tasks.base import learning_tasks, task_of_labels

LABELS = {
    "classification": np.arange(40) % 3,
    "multilabel": (np.random.default_rng(0).random((40, 3)) < 0.4).astype(np.int64),
    "regression": np.random.default_rng(0).normal(50, 5, 40),
}
OUTPUTS = {"classification": 3, "multilabel": 3, "regression": 1}


def test_both_rooms_know_the_same_tasks():
    """What labels look like, and how they are learnt."""
    assert learning_tasks.names() == target_tasks.names() == tuple(sorted(LABELS))


@pytest.mark.parametrize("name", sorted(LABELS))
def test_every_task_can_be_learnt_and_measured(name):
    """A solved head is better than the constant answer by the default metric, which has a reason."""
    task, labels, outputs = learning_tasks.get(name), LABELS[name], OUTPUTS[name]
    assert task_of_labels(labels) is task
    assert task.link in LINKS
    choice = task.default_metric(labels)
    assert choice.name in metrics_of(name)
    assert choice.reason.startswith("because")
    rng = np.random.default_rng(1)
    shown = np.eye(3)[labels] if name == "classification" else labels.reshape(40, -1)
    features = np.column_stack([shown + 0.1 * rng.normal(size=shown.shape), rng.normal(size=(40, 2))])
    chosen = task.choose(features, labels, outputs, seed=0)
    head = task.solve(features, labels, outputs, inverse_regularisation=chosen, seed=0)
    assert (head.link, head.weight.shape) == (task.link, (outputs, features.shape[1]))
    constant = task.constant(labels, outputs, choice.name)
    assert constant.description.startswith("always")
    metric = metrics.get(choice.name)
    answers = head.probabilities(features)
    assert metric.better(metric.value(labels, answers), metric.value(labels, np.tile(constant.answers, (40, 1))))
    assert len(task.decode(answers, ["a", "b", "c"][:outputs], ())) == 40
    assert task.weights(labels, outputs, balanced=True).shape == (outputs,)


@pytest.mark.parametrize("name", sorted(LABELS))
def test_examples_can_be_chosen_by_how_wrong_they_are(name):
    """For explanations: right ones, wrong ones, and every kind of label."""
    task, labels = learning_tasks.get(name), LABELS[name]
    answers = np.random.default_rng(2).random((40, OUTPUTS[name]))
    assert task.right(labels, answers).dtype == bool
    assert np.isfinite(task.surprise(labels, answers)).all()
    assert len(np.unique(task.kinds(labels))) > 1


def test_random_heads_are_drawn_in_the_unit_of_the_numbers():
    """An untrained network then predicts about the mean."""
    head = learning_tasks.get("regression").blank(random_head(1, 4, seed=0), LABELS["regression"])
    assert head.probabilities(np.zeros((1, 4)))[0, 0] == pytest.approx(LABELS["regression"].mean(), rel=1e-5)
    plain = random_head(3, 4, seed=0)
    blank = learning_tasks.get("classification").blank(plain, LABELS["classification"])
    assert np.array_equal(blank.weight, plain.weight)
