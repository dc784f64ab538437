"""A change is kept only if it gains more than its standard error."""

from __future__ import annotations

import numpy as np
import pytest

from automl_tl.finetune.decision import paired_gain, weigh
from automl_tl.finetune.metrics import metrics

ACCURACY, LOSS = metrics.get("accuracy"), metrics.get("log_loss")


def answers(right: int, n: int, sure: float = 0.8) -> np.ndarray:
    """Return probabilities (n, 2) for labels 0: the first ``right`` are right."""
    own = np.where(np.arange(n) < right, sure, 1 - sure)
    return np.stack([own, 1 - own], axis=1)


def test_a_gain_is_positive_where_the_change_is_for_the_better():
    """Whether the metric is to be large or small."""
    labels = np.zeros(50, dtype=np.int64)
    for metric in (ACCURACY, LOSS):
        gain = paired_gain(metric, labels, answers(30, 50), answers(45, 50))
        assert gain.value == pytest.approx(abs(gain.after - gain.before))
        assert gain.clear
        assert paired_gain(metric, labels, answers(45, 50), answers(30, 50)).value < 0


def test_the_standard_error_of_a_share_is_close_to_the_textbook():
    """20 of 200 turned right, none wrong: sqrt(0.1 * 0.9 / 200), a little widened."""
    labels = np.zeros(200, dtype=np.int64)
    gain = paired_gain(ACCURACY, labels, answers(100, 200), answers(120, 200))
    assert gain.value == pytest.approx(0.1)
    assert np.sqrt(0.09 / 200) * 0.9 < gain.standard_error < np.sqrt(0.09 / 200) * 1.25


def test_one_lucky_example_of_ten_is_no_reason():
    labels = np.zeros(10, dtype=np.int64)
    decision = weigh("soup", ACCURACY, labels, answers(8, 10, 0.51), answers(9, 10, 0.51))
    assert not decision.kept
    assert "within its standard error" in decision.reason


def test_the_best_of_several_has_to_gain_more():
    """Five of sixty turned right are two standard errors: enough for one that is offered alone."""
    labels = np.zeros(60, dtype=np.int64)
    before, after = answers(40, 60, 0.6), answers(45, 60, 0.6)
    alone, best = (weigh("layers", ACCURACY, labels, before, after, offered=offered) for offered in (1, 20))
    assert alone.gains == best.gains
    assert (alone.kept, best.kept) == (True, False)
    assert best.reason == "the gain in accuracy is within 2.6 standard errors"
    assert weigh("layers", ACCURACY, labels, before, answers(58, 60), offered=20).kept


def test_a_clear_gain_is_kept_and_a_loss_is_not():
    labels = np.zeros(100, dtype=np.int64)
    better, worse = answers(90, 100), answers(60, 100)
    assert weigh("soup", ACCURACY, labels, worse, better).kept
    refused = weigh("soup", ACCURACY, labels, better, worse)
    assert not refused.kept
    assert "lower" in refused.reason
    assert [gain.metric for gain in refused.gains] == ["accuracy", "log_loss"]


def test_of_equally_right_answers_the_surer_ones_win():
    """Accuracy does not move; log loss does."""
    labels = np.zeros(40, dtype=np.int64)
    decision = weigh("interpolation", ACCURACY, labels, answers(36, 40, 0.6), answers(36, 40, 0.75))
    assert decision.kept
    assert "log loss" in decision.reason
    assert not weigh("interpolation", ACCURACY, labels, answers(36, 40), answers(36, 40)).kept


def test_too_few_examples_decide_nothing():
    labels = np.zeros(7, dtype=np.int64)
    decision = weigh("soup", ACCURACY, labels, answers(0, 7), answers(7, 7), settings={"models": 2})
    assert not decision.kept
    assert decision.gains == ()
    assert decision.settings == {"models": 2}


def test_a_metric_that_is_log_loss_itself_is_weighed_once():
    labels = np.zeros(40, dtype=np.int64)
    assert len(weigh("soup", LOSS, labels, answers(20, 40), answers(30, 40)).gains) == 1


def test_what_one_group_of_many_rows_gains_is_one_lucky_example():
    """Ten images of one patient turned right: that happened once, not ten times."""
    labels, patients = np.zeros(80, dtype=np.int64), np.arange(80) // 10
    before, after = answers(50, 80), answers(60, 80)
    assert weigh("soup", ACCURACY, labels, before, after).kept
    decision = weigh("soup", ACCURACY, labels, before, after, groups=patients)
    assert not decision.kept
    assert [gain.clear for gain in decision.gains] == [False, False]
    everywhere = weigh("soup", ACCURACY, labels, before, after, groups=np.arange(80) % 8)
    assert everywhere.kept


def test_groups_never_make_a_gain_surer_than_rows_do():
    """Every group gains alike, so that resampled groups do not differ; and one alone says nothing of others."""
    labels = np.zeros(80, dtype=np.int64)
    before, after = answers(40, 80), answers(48, 80)
    alone = paired_gain(ACCURACY, labels, before, after)
    alike = paired_gain(ACCURACY, labels, before, after, groups=np.arange(80) % 8)
    assert alike.standard_error == alone.standard_error > 0
    one = paired_gain(ACCURACY, labels, before, after, groups=np.zeros(80, dtype=np.int64))
    assert one.standard_error == np.inf
    assert not one.clear
