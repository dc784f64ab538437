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


def honest(n=600, seed=0):
    """Return two rare labels that are as frequent as their probabilities say."""
    rng = np.random.default_rng(seed)
    probabilities = rng.beta(0.5, 3.0, size=(n, 2))
    return (rng.random((n, 2)) < probabilities).astype(np.int64), probabilities


@pytest.mark.parametrize("name", ["hamming_loss", "subset_accuracy"])
def test_thresholds_for_the_f1_score_are_not_kept_where_wrong_decisions_are_counted(name):
    """They would name rare labels in vain; one half is what such probabilities want."""
    labels, probabilities = honest()
    by_f1, kept = choose_thresholds(labels, probabilities)
    assert kept.kept
    fresh, answers = honest(seed=1)
    metric = metrics.get(name)
    at_half = metric.value(fresh, answers)
    assert metric.better(at_half, metric.value(fresh, decisions(answers, np.array(by_f1))))
    thresholds, decision = choose_thresholds(labels, probabilities, metric=name)
    assert (thresholds, decision.kept) == ((), False)
    assert decision.gains[0].metric == name


def test_wrong_decisions_choose_thresholds_of_their_own():
    """Probabilities that are too low by half; fewer decisions are wrong on rows that had no part in it."""
    labels, probabilities = sample()
    thresholds, decision = choose_thresholds(labels, probabilities, metric="hamming_loss")
    assert decision.kept
    assert decision.reason == "hamming loss falls by more than its standard error"
    fresh, answers = sample(seed=1)
    hamming = metrics.get("hamming_loss")
    assert hamming.value(fresh, decisions(answers, np.array(thresholds))) < hamming.value(fresh, answers) - 0.02


def test_a_label_that_is_better_never_named_is_not_named():
    """Every decision for it would be more often wrong than right."""
    rng = np.random.default_rng(0)
    labels = (rng.random((300, 1)) < 0.2).astype(np.int64)
    sure_of_nothing = rng.uniform(0.4, 0.8, size=(300, 1))
    thresholds, decision = choose_thresholds(labels, sure_of_nothing, metric="hamming_loss")
    assert decision.kept
    assert decisions(sure_of_nothing, np.array(thresholds)).sum() <= 3


def test_decisions_that_count_together_share_a_threshold():
    """The F1 score of all decisions together has one best threshold for all labels."""
    labels, probabilities = honest()
    thresholds, decision = choose_thresholds(labels, probabilities, metric="micro_f1")
    assert decision.gains[0].metric == "micro_f1"
    assert decision.kept
    assert thresholds[0] == thresholds[1] < 0.5


def test_a_metric_without_decisions_leaves_them_to_macro_f1():
    """No threshold changes mean average precision."""
    labels, probabilities = sample()
    told = choose_thresholds(labels, probabilities, metric="mean_average_precision")
    assert told == choose_thresholds(labels, probabilities)


def test_a_label_of_one_group_gets_no_threshold():
    """Only one patient in ten has the rare label: that its probabilities are low is known of nobody else."""
    labels, probabilities = sample()
    patients = np.arange(200) // 20
    labels[:, 1] = patients == 3
    probabilities[:, 1] = np.where(labels[:, 1] == 1, 0.35, 0.08)
    assert choose_thresholds(labels, probabilities)[1].kept
    thresholds, decision = choose_thresholds(labels, probabilities, groups=patients)
    assert (thresholds, decision.kept) == ((), False)
    assert choose_thresholds(labels, probabilities, groups=np.arange(200) % 20)[1].kept
    assert "one group" in choose_thresholds(labels, probabilities, groups=np.zeros(200, dtype=int))[1].reason
