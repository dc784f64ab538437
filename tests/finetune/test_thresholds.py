"""Thresholds of labels."""

import numpy as np
import pytest

from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.thresholds import choose_thresholds, decisions


def sample(n=200, seed=0):
    """Return a frequent label with fair probabilities, and a rare one whose probabilities stay below a half."""
    rng = np.random.default_rng(seed)
    labels = np.column_stack([rng.random(n) < 0.5, rng.random(n) < 0.15]).astype(np.int64)
    fair = np.clip(0.5 + 0.35 * (2 * labels[:, 0] - 1) + 0.1 * rng.normal(size=n), 0, 1)
    shy = np.clip(np.where(labels[:, 1] == 1, 0.35, 0.08) + 0.05 * rng.normal(size=n), 0, 1)
    return labels, np.column_stack([fair, shy])


def test_a_rare_label_gets_a_low_threshold():
    """And macro F1 rises on rows that had no part in it."""
    labels, probabilities = sample()
    thresholds, decision = choose_thresholds(labels, probabilities)
    assert decision.kept
    assert decision.gains[0].value > 0.3
    assert thresholds[1] < 0.3
    fresh, answers = sample(seed=1)
    macro = metrics.get("macro_f1")
    assert macro.value(fresh, decisions(answers, np.array(thresholds))) > macro.value(fresh, answers) + 0.3


def test_one_half_stays_where_it_does_as_well():
    """No luck is bought."""
    labels, probabilities = sample()
    thresholds, decision = choose_thresholds(
        labels[:, :1].repeat(2, axis=1), probabilities[:, :1].repeat(2, axis=1)
    )
    assert thresholds == ()
    assert not decision.kept
    assert "one half does about as well" in decision.reason


def test_few_rows_decide_nothing():
    """The reason says so."""
    labels, probabilities = sample(9)
    thresholds, decision = choose_thresholds(labels, probabilities)
    assert thresholds == ()
    assert "9 examples are too few" in decision.reason


def test_decisions_reach_their_threshold():
    """At the threshold a label is decided for."""
    assert decisions(np.array([[0.5, 0.2]]), np.array([0.5, 0.3])).tolist() == [[1.0, 0.0]]


def test_a_label_without_rows_keeps_a_sane_threshold():
    """It shares that of all labels together."""
    labels, probabilities = sample()
    labels = np.column_stack([labels, np.zeros(len(labels), np.int64)])
    probabilities = np.column_stack([probabilities, np.full(len(labels), 0.01)])
    thresholds, _ = choose_thresholds(labels, probabilities)
    assert 0.05 < thresholds[2] <= 0.6
    assert thresholds[2] == pytest.approx(thresholds[2])
