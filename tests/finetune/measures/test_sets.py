"""Measures of several labels per row agree with scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from automl_tl.finetune.metrics import all_metrics, metrics, metrics_of


def sample(n, labels, seed):
    rng = np.random.default_rng(seed)
    true = (rng.random((n, labels)) < 0.4).astype(np.int64)
    true[0], true[1] = 0, 1
    return true, np.round(rng.random((n, labels)), 1)


@settings(max_examples=30, deadline=None)
@given(st.integers(6, 40), st.integers(2, 5), st.integers(0, 10_000))
def test_values_equal_scikit_learn(n, labels, seed):
    true, scores = sample(n, labels, seed)
    decided = (scores >= 0.5).astype(int)
    clipped = np.clip(np.where(true == 1, scores, 1 - scores), 1e-7, 1)
    assert all_metrics(true, scores) == pytest.approx(
        {
            "auroc": reference.roc_auc_score(true, scores, average="macro"),
            "brier": np.square(scores - true).mean(),
            "hamming_loss": reference.hamming_loss(true, decided),
            "log_loss": -np.log(clipped).mean(),
            "macro_f1": reference.f1_score(true, decided, average="macro", zero_division=0),
            "mean_average_precision": reference.average_precision_score(true, scores, average="macro"),
            "micro_f1": reference.f1_score(true, decided, average="micro", zero_division=0),
            "subset_accuracy": reference.accuracy_score(true, decided),
        },
        abs=1e-9,
    )


@given(st.integers(0, 1000))
def test_a_weight_of_k_means_the_example_k_times(seed):
    true, scores = sample(20, 3, seed)
    counts = np.random.default_rng(seed).integers(0, 3, 20)
    counts[:2] = 1
    repeated = np.repeat(np.arange(20), counts)
    for name in metrics_of("multilabel"):
        weighted = metrics.get(name).weighted(true, scores, counts[None].astype(float))[0]
        assert weighted == pytest.approx(metrics.get(name).value(true[repeated], scores[repeated]))


def test_labels_that_nobody_has_are_left_out():
    true = np.array([[1, 0], [0, 0]])
    scores = np.array([[0.9, 0.1], [0.2, 0.3]])
    found = all_metrics(true, scores)
    assert found["mean_average_precision"] == found["auroc"] == found["macro_f1"] == 1.0
