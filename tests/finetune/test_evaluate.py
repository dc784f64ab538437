"""Evaluation reads rows through the data room and puts an interval on every metric."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from automl_tl.errors import Cancelled, InvalidInput
from automl_tl.finetune import evaluate as evaluate_module
from automl_tl.finetune.evaluate import evaluate, paired_difference, predict_rows
from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.metrics import metrics_of


def predictions(right: int, n: int = 40, rows: np.ndarray | None = None) -> Predictions:
    labels = np.arange(n, dtype=np.int64) % 2
    predicted = labels.copy()
    predicted[right:] = 1 - predicted[right:]
    probabilities = np.where(np.eye(2)[predicted] == 1, 0.9, 0.1).astype(np.float32)
    return Predictions(np.arange(n, dtype=np.int64) if rows is None else rows, labels, probabilities)


def test_every_metric_has_an_interval_around_its_value():
    evaluation = evaluate(predictions(30), name="final", description="d")
    assert set(evaluation.metrics) == set(metrics_of("classification"))
    assert evaluation.metrics["accuracy"].value == 0.75
    assert all(figure.low <= figure.value <= figure.high for figure in evaluation.metrics.values())
    assert (evaluation.name, evaluation.description, evaluation.difference) == ("final", "d", None)


def test_a_perfect_score_still_has_a_lower_bound_below_one():
    assert evaluate(predictions(40), name="final").metrics["accuracy"].low < 0.95


def test_the_same_seed_gives_the_same_intervals():
    assert evaluate(predictions(30), name="x", seed=3) == evaluate(predictions(30), name="x", seed=3)


def test_rows_of_one_group_widen_the_interval():
    groups = [f"writer {row // 10}" for row in range(40)]
    grouped = evaluate(predictions(30), name="x", groups=groups).metrics["accuracy"]
    alone = evaluate(predictions(30), name="x").metrics["accuracy"]
    assert grouped.high - grouped.low > alone.high - alone.low


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "macro_f1", "auroc", "average_precision"])
@pytest.mark.parametrize("groups", [None, [f"writer {row // 5}" for row in range(40)]])
def test_what_is_right_everywhere_is_not_certain_with_groups_either(metric, groups):
    perfect = evaluate(predictions(40), name="final", groups=groups).metrics[metric]
    assert (perfect.value, perfect.high) == (1.0, 1.0)
    # As of forty rows, or of eight writers.
    assert perfect.low < (0.95 if groups is None else 0.8)


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "macro_f1", "auroc", "average_precision"])
@pytest.mark.parametrize("groups", [None, [f"writer {row // 5}" for row in range(40)]])
def test_two_models_that_are_right_everywhere_are_not_the_same_for_certain(metric, groups):
    first, second = predictions(40), predictions(40)
    found = paired_difference(first, second, metric, groups=groups)
    assert found.low < found.value == 0 < found.high
    itself = paired_difference(first, second, metric, groups=groups, same_model=True)
    assert (itself.low, itself.value, itself.high) == (0, 0, 0)


def test_a_paired_difference_has_the_metrics_own_sign():
    better, worse = predictions(36), predictions(30)
    assert paired_difference(better, worse, "accuracy").value == pytest.approx(0.15)
    assert paired_difference(better, worse, "log_loss").value < 0
    interval = paired_difference(better, worse, "accuracy")
    assert 0 < interval.low < interval.value < interval.high


def test_predictions_on_other_rows_cannot_be_paired():
    with pytest.raises(InvalidInput, match="same rows"):
        paired_difference(predictions(30), predictions(30, rows=np.arange(1, 41)), "accuracy")


def test_an_empty_test_part_is_refused():
    empty = Predictions(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros((0, 2)))
    with pytest.raises(InvalidInput, match="no rows"):
        evaluate(empty, name="final")


def test_numbers_are_evaluated_with_intervals():
    """In their own unit; the sign of a difference is the metric's."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(100, 10, 60)
    rows = np.arange(60)
    good, poor = (
        Predictions(rows, numbers, (numbers + rng.normal(0, noise, 60))[:, None].astype(np.float32))
        for noise in (1, 8)
    )
    found = evaluate(good, name="final").metrics
    assert set(found) == set(metrics_of("regression"))
    assert found["mae"].low < found["mae"].value == pytest.approx(0.8, abs=0.3)
    assert found["r2"].value > 0.95
    difference = paired_difference(good, poor, "rmse")
    assert difference.low < difference.value < difference.high < 0


def test_thresholds_move_decisions_only():
    """A rare label that is never above one half is found from a tenth on."""
    labels = np.array([[1, 0], [0, 1], [0, 1], [0, 1]] * 5)
    probabilities = np.where(labels == 1, [0.3, 0.9], [0.05, 0.2]).astype(np.float32)
    rows = np.arange(20)
    plain = evaluate(Predictions(rows, labels, probabilities), name="final").metrics
    tuned = evaluate(Predictions(rows, labels, probabilities, (0.1, 0.5)), name="final").metrics
    assert plain["macro_f1"].value == 0.5
    assert tuned["macro_f1"].value == tuned["subset_accuracy"].value == 1.0
    assert tuned["subset_accuracy"].low < 1
    assert plain["mean_average_precision"] == tuned["mean_average_precision"]
    assert plain["log_loss"] == tuned["log_loss"]


class Rows:
    """A modality, and a model that answers whatever it reads; both remember how many rows were read."""

    class_names = ("a", "b")
    thresholds = ()

    def __init__(self) -> None:
        self.read_so_far = 0

    def read(self, dataset, rows):
        self.read_so_far += len(rows)
        return rows

    def answers(self, inputs):
        return np.full((len(inputs), 2), 0.5, dtype=np.float32)


@pytest.fixture
def rows(monkeypatch):
    both = Rows()
    monkeypatch.setattr(evaluate_module, "modalities", SimpleNamespace(get=lambda name: both))
    return both


TARGET = SimpleNamespace(dataset=SimpleNamespace(modality="any"), labels=np.zeros(600, dtype=np.int64))


def test_a_long_part_is_asked_about_between_its_batches(rows):
    """Before the first, too: somebody may have asked to stop while the model was loaded."""
    asked_after = []
    found = predict_rows(rows, TARGET, np.arange(600), check=lambda: asked_after.append(rows.read_so_far))
    assert asked_after == [0, 256, 512]
    assert found.probabilities.shape == (600, 2)


def test_a_reason_to_stop_is_not_worked_through(rows):
    def check():
        if rows.read_so_far:
            raise Cancelled("the job was asked to stop")

    with pytest.raises(Cancelled):
        predict_rows(rows, TARGET, np.arange(600), check=check)
    assert rows.read_so_far == 256
