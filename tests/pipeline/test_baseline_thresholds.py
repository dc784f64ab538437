"""A baseline has thresholds as the final model has, or neither has them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax

from automl_tl.finetune.evaluate import paired_difference
from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.probe_head import choose_head
from automl_tl.finetune.workload import LabelledInputs, Workload
from automl_tl.pipeline import baseline_thresholds
from automl_tl.pipeline.baseline_thresholds import (
    AT_ONE_HALF,
    UNCALIBRATED,
    comparable,
    constant_thresholds,
    probe_temperature,
    probe_thresholds,
)

MACRO = metrics.get("macro_f1")


def drawn(n: int, seed: int) -> tuple[LabelledInputs, np.ndarray]:
    """Return rows of two labels, the second of which is rare and hard to see, with their embeddings."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 6)).astype(np.float32)
    rare = features[:, 1] + 1.5 * rng.normal(size=n) > 2.0
    labels = np.column_stack([features[:, 0] > 0, rare]).astype(np.int64)
    return LabelledInputs(tuple(range(n)), labels), features


@pytest.fixture
def workload() -> Workload:
    (train, seen), (validation, unseen) = drawn(300, 0), drawn(60, 1)
    bare = Workload(
        modality="image",
        task="multilabel",
        class_names=("frequent", "rare"),
        metric="macro_f1",
        train=train,
        validation=validation,
        cards={},
        train_features={"m": seen},
        validation_features={"m": unseen},
        heads={},
        checkpoint_root=Path(),
    )
    return replace(bare, heads={"m": choose_head(bare, "m", seed=0)[0]})


def test_a_probe_that_differs_by_its_thresholds_only_is_not_told_as_beaten(workload):
    """At one half it is far behind itself; with thresholds of its own it is not."""
    thresholds = probe_thresholds(workload, "m", seed=0, remaining=lambda: 60.0)
    assert thresholds[1] < 0.35
    rows, features = drawn(400, 2)
    probe = Predictions(np.arange(400), rows.labels, workload.heads["m"].probabilities(features))
    final = replace(probe, thresholds=(0.5, 0.25))
    assert paired_difference(final, probe, "macro_f1").low > 0
    fair = paired_difference(final, replace(probe, thresholds=thresholds), "macro_f1")
    assert fair.low <= 0
    assert abs(fair.value) < 0.05


@pytest.fixture
def overconfident(workload) -> Workload:
    """Return a task of two classes that can hardly be told apart, with a head that is far too sure."""
    rng = np.random.default_rng(3)
    parts = []
    for rows in (300, 60):
        features = rng.normal(size=(rows, 6)).astype(np.float32)
        labels = (features[:, 0] + 2 * rng.normal(size=rows) > 0).astype(np.int64)
        parts.append((LabelledInputs(tuple(range(rows)), labels), features))
    (train, seen), (validation, unseen) = parts
    bare = replace(
        workload, task="classification", metric="log_loss", train=train, validation=validation, heads={},
        train_features={"m": seen}, validation_features={"m": unseen},
    )  # fmt: skip
    head = choose_head(bare, "m", seed=0)[0]
    return replace(bare, heads={"m": replace(head, weight=6 * head.weight)})


def test_a_probe_is_calibrated_where_probabilities_are_measured(overconfident):
    """By validation where time is short; where only classes are counted nobody needs a temperature."""
    short = {"seed": 0, "remaining": lambda: 0.0}
    for metric in ("log_loss", "brier"):
        temperature = probe_temperature(replace(overconfident, metric=metric), "m", **short)
        assert temperature > 2
    assert probe_temperature(replace(overconfident, metric="accuracy"), "m", **short) == 1
    sets = replace(overconfident, task="multilabel")
    assert probe_temperature(sets, "m", **short) == 1


def test_with_time_all_rows_that_were_held_out_calibrate_the_probe(overconfident, monkeypatch):
    """The head of the search is not asked: each row's head has not seen it."""
    seen = []
    real = baseline_thresholds.choose_temperature
    monkeypatch.setattr(
        baseline_thresholds,
        "choose_temperature",
        lambda scores, labels, **options: seen.append(len(labels)) or real(scores, labels, **options),
    )
    assert probe_temperature(overconfident, "m", seed=0, remaining=lambda: math.inf) == pytest.approx(1, abs=0.4)
    assert seen == [360]


def test_what_has_no_temperature_of_its_own_is_compared_with_raw_probabilities():
    """A final model that is three times less sure than its head; decisions are compared as they are."""
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(50, 3)), np.arange(50) % 3
    raw, calm = (softmax(logits / temperature, axis=1).astype(np.float32) for temperature in (1, 3))
    final = Predictions(np.arange(50), labels, calm)
    loss = metrics.get("log_loss")
    ours, condition = comparable(final, tuned=False, metric=loss, temperature=3.0)
    np.testing.assert_allclose(ours.probabilities, raw, atol=1e-5)
    assert condition == UNCALIBRATED
    for tuned, metric, temperature in (
        (True, loss, 3.0),
        (False, loss, 1.0),
        (False, metrics.get("accuracy"), 3.0),
    ):
        assert comparable(final, tuned=tuned, metric=metric, temperature=temperature) == (final, "")


def test_without_time_validation_alone_tells(workload):
    short = probe_thresholds(workload, "m", seed=0, remaining=lambda: 0.0)
    assert short == probe_thresholds(
        replace(workload, train=workload.train.picked(np.arange(20)), train_features={"m": np.zeros((20, 6))}),
        "m",
        seed=0,
        remaining=lambda: 0.0,
    )
    assert probe_thresholds(replace(workload, task="classification"), "m", seed=0, remaining=lambda: 60.0) == ()


def test_the_best_constant_answer_takes_a_rare_label_where_that_pays(workload):
    """To say yes always has an F1 of 2p / (1 + p); to say no, as at one half, has none."""
    shares = workload.train.labels.mean(axis=0).astype(np.float32)
    always = Predictions(np.arange(5), workload.train.labels[:5], np.tile(shares, (5, 1)))
    tuned = constant_thresholds(always, workload.train, metric="macro_f1", seed=0)
    assert tuned.thresholds[1] < shares[1]
    assert tuned.for_metric(True)[:, 1].all()
    classes = Predictions(np.arange(5), np.zeros(5, dtype=np.int64), np.ones((5, 2), dtype=np.float32) / 2)
    part = LabelledInputs(tuple(range(5)), classes.labels)
    assert constant_thresholds(classes, part, metric="accuracy", seed=0) is classes


def test_what_has_no_thresholds_of_its_own_is_compared_at_one_half(workload):
    labels = workload.train.labels
    final = Predictions(np.arange(len(labels)), labels, np.full(labels.shape, 0.3, np.float32), (0.2, 0.2))
    ours, condition = comparable(final, tuned=False, metric=MACRO)
    assert (ours.thresholds, condition) == ((), AT_ONE_HALF)
    assert comparable(final, tuned=True, metric=MACRO) == (final, "")
    assert comparable(final, tuned=False, metric=metrics.get("mean_average_precision")) == (final, "")
    assert comparable(replace(final, thresholds=()), tuned=False, metric=MACRO)[1] == ""
