"""Metrics agree with scikit-learn and order models the right way round."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from automl_tl.errors import NotFound
from automl_tl.finetune.metrics import (
    all_metrics,
    default_metric,
    direction_of,
    improves,
    metrics,
    metrics_of,
    task_of,
)


def sample(n: int, n_classes: int, seed: int, decimals: int = 6) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(n_classes), rng.integers(0, n_classes, n - n_classes)])
    probabilities = np.round(rng.dirichlet(np.ones(n_classes), n), decimals) + 1e-9
    return labels, probabilities / probabilities.sum(axis=1, keepdims=True)


@settings(max_examples=30, deadline=None)
@given(st.integers(8, 60), st.integers(2, 5), st.integers(0, 10_000), st.sampled_from([1, 6]))
def test_values_equal_scikit_learn_also_with_tied_scores(n, n_classes, seed, decimals):
    labels, probabilities = sample(n, n_classes, seed, decimals)
    predicted = probabilities.argmax(axis=1)
    ours = all_metrics(labels, probabilities)
    if n_classes == 2:
        area = np.mean([reference.roc_auc_score(labels == c, probabilities[:, c]) for c in (0, 1)])
    else:
        area = reference.roc_auc_score(labels, probabilities, multi_class="ovr")
    assert ours == pytest.approx(
        {
            "accuracy": reference.accuracy_score(labels, predicted),
            "balanced_accuracy": reference.balanced_accuracy_score(labels, predicted),
            "macro_f1": reference.f1_score(labels, predicted, average="macro"),
            "log_loss": -np.mean(np.log(np.clip(probabilities[np.arange(n), labels], 1e-7, 1))),
            "auroc": area,
            "average_precision": np.mean(
                [reference.average_precision_score(labels == c, probabilities[:, c]) for c in range(n_classes)]
            ),
            "brier": np.mean(np.square(probabilities - np.eye(n_classes)[labels]).sum(axis=1)),
        },
        abs=1e-9,
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_a_weight_of_k_means_the_example_k_times(seed):
    labels, probabilities = sample(30, 3, seed, 1)
    counts = np.random.default_rng(seed).integers(0, 3, 30)
    counts[:3] = 1
    repeated = np.repeat(np.arange(30), counts)
    for name in metrics_of("classification"):
        weighted = metrics.get(name).weighted(labels, probabilities, counts[None].astype(float))[0]
        assert weighted == pytest.approx(metrics.get(name).value(labels[repeated], probabilities[repeated]))


def test_a_class_without_test_examples_does_not_make_a_figure_nan():
    labels = np.array([0, 0, 1, 1])
    probabilities = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.3, 0.6, 0.1]])
    assert all_metrics(labels, probabilities)["balanced_accuracy"] == 0.75
    assert all(math.isfinite(value) for value in all_metrics(labels, probabilities).values())


def test_auroc_is_nan_when_only_one_class_is_left():
    assert math.isnan(metrics.get("auroc").value(np.array([1, 1]), np.array([[0.4, 0.6], [0.5, 0.5]])))


def test_better_follows_the_direction_and_nan_never_wins():
    accuracy, log_loss = metrics.get("accuracy"), metrics.get("log_loss")
    assert accuracy.better(0.9, 0.8)
    assert log_loss.better(0.1, 0.2)
    assert not accuracy.better(0.9, 0.9)
    assert not accuracy.better(float("nan"), 0.1)
    assert accuracy.better(0.1, float("nan"))


def test_ties_are_broken_by_log_loss():
    accuracy = metrics.get("accuracy")
    assert improves(accuracy, {"accuracy": 0.9, "log_loss": 0.3}, {"accuracy": 0.9, "log_loss": 0.4})
    assert not improves(accuracy, {"accuracy": 0.9, "log_loss": 0.4}, {"accuracy": 0.9, "log_loss": 0.4})
    assert not improves(accuracy, {"accuracy": 0.8, "log_loss": 0.1}, {"accuracy": 0.9, "log_loss": 0.4})


@pytest.mark.parametrize(("counts", "expected"), [((30, 10), "accuracy"), ((31, 10), "balanced_accuracy")])
def test_the_default_metric_depends_on_imbalance(counts, expected):
    assert default_metric(np.repeat([0, 1], counts)) == expected


@pytest.mark.parametrize(
    ("name", "task", "direction"),
    [
        ("r2", "regression", "maximize"),
        ("brier", "classification", "minimize"),
        ("", "regression", "minimize"),
        ("", "multilabel", "maximize"),
        ("a plug-in's of the service", "regression", "maximize"),
        ("", "a plug-in's task", "maximize"),
    ],
)
def test_a_job_without_a_metric_goes_the_way_of_its_task(name, task, direction):
    """And one with a metric the metric's own way."""
    assert direction_of(name, task) == direction


def test_an_unknown_metric_is_refused_with_the_known_names():
    with pytest.raises(NotFound, match="balanced_accuracy"):
        metrics.get("top7")


def test_the_form_of_the_labels_tells_the_task():
    """And with it the metrics that there are."""
    forms = {
        "classification": np.array([0, 1]),
        "multilabel": np.array([[0, 1], [1, 1]]),
        "regression": np.array([0.5, 1.0]),
    }
    for task, labels in forms.items():
        assert task_of(labels) == task
        answers = np.full((2, 2 if task != "regression" else 1), 0.5)
        assert set(all_metrics(labels, answers)) == set(metrics_of(task))
    assert metrics_of("regression") == ("mae", "r2", "rmse", "spearman")
    assert {"micro_f1", "macro_f1", "subset_accuracy", "mean_average_precision", "hamming_loss"} <= set(
        metrics_of("multilabel")
    )


def test_every_metric_says_which_tasks_it_measures():
    """A job is checked by that before it runs."""
    for name in metrics.names():
        assert set(metrics.get(name).tasks) <= {"classification", "multilabel", "regression"}
        assert metrics.get(name).summary.endswith(".")
