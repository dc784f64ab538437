"""A baseline has thresholds as the final model has, or neither has them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from automl_tl.finetune.evaluate import paired_difference
from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.probe_head import choose_head
from automl_tl.finetune.workload import LabelledInputs, Workload
from automl_tl.pipeline.baseline_thresholds import (
    AT_ONE_HALF,
    comparable,
    constant_thresholds,
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
