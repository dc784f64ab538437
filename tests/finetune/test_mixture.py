"""The part of the fine-tuned model is a half unless rows that neither model has seen speak against it."""

from __future__ import annotations

import numpy as np
import pytest

from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.mixture import PARTS, choose_part, mixed

ACCURACY = metrics.get("accuracy")
LABELS = np.arange(200) % 2


def answers(right: np.ndarray, sure: float) -> np.ndarray:
    """Return probabilities (N, 2) that give ``sure`` to the right class where ``right``, else to the wrong one."""
    told = np.where(right, LABELS, 1 - LABELS)
    return np.where(np.eye(2)[told] == 1, sure, 1 - sure)


def right_on(share: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(len(LABELS)) < share


@pytest.mark.parametrize("part", PARTS)
def test_the_mean_is_weighted(part):
    probe, tuned = answers(LABELS == LABELS, 0.9), answers(LABELS != LABELS, 0.8)
    np.testing.assert_allclose(mixed(probe, tuned, part), (1 - part) * probe + part * tuned)


def test_independent_errors_call_for_both():
    probe, tuned = answers(right_on(0.75, 0), 0.75), answers(right_on(0.8, 1), 0.8)
    assert choose_part(ACCURACY, LABELS, probe, tuned) == 0.5
    assert choose_part(ACCURACY, LABELS, probe, tuned, parts=(0, 1)) == 1


def test_the_part_moves_from_a_half_only_as_far_as_the_rows_ask():
    """The better the rival beside a weak probe, the more of the answer it gives, and alone only in the end."""
    probe = answers(right_on(0.6, 0), 0.6)
    chosen = [
        choose_part(ACCURACY, LABELS, probe, answers(right_on(share, 1), share)) for share in (0.6, 0.9, 1.0)
    ]
    assert chosen[0] == 0.5
    assert chosen == sorted(chosen)
    assert chosen[-1] == 1


def test_a_probe_that_loses_least_answers_alone():
    """However little it is ahead: a second model costs its time at every answer."""
    probe = answers(right_on(0.8, 0), 0.8)
    assert choose_part(ACCURACY, LABELS, probe, answers(right_on(0.5, 1), 0.8)) == 0


def test_by_log_loss_no_part_is_left_out_for_an_answer_that_a_temperature_mends():
    """Sure of one row in ten that is wrong, it loses more than the probe before it is calibrated."""
    right = np.arange(200) % 10 > 0
    probe, tuned = answers(np.arange(200) % 10 > 4, 0.55), answers(right, 1 - 1e-9)
    loss = metrics.get("log_loss")
    assert choose_part(loss, LABELS, probe, tuned, parts=(0, 1)) == 1
    assert choose_part(loss, LABELS, probe, tuned, parts=(0, 1), calibrated=False) == 0


def test_being_too_sure_costs_nothing_where_a_temperature_follows():
    """Right on nine rows in ten, and so sure that the errors cost more than the probe's: half of the rows."""
    right = np.arange(200) % 10 > 0
    probe, tuned = answers(np.arange(200) % 10 > 4, 0.55), answers(right, 1 - 1e-9)
    assert choose_part(ACCURACY, LABELS, probe, tuned, parts=(0, 1)) == 1
    assert choose_part(ACCURACY, LABELS, probe, tuned, parts=(0, 1), calibrated=False) == 0


def test_what_the_metric_puts_below_the_probe_is_not_taken_however_low_its_loss():
    """The probe is right everywhere by a hair; the rival is sure of nine rows in ten."""
    probe, tuned = answers(LABELS == LABELS, 0.501), answers(np.arange(200) % 10 > 0, 0.9)
    part = choose_part(ACCURACY, LABELS, probe, tuned, calibrated=False)
    assert part == 0


def test_numbers_are_mixed_by_their_own_metric():
    truth = np.random.default_rng(0).normal(size=200)
    noise = np.random.default_rng(1).normal(size=(2, 200, 1))  # answers have a column
    exact = truth[:, None]
    probe, tuned = exact + noise[0], exact + noise[1]
    assert choose_part(metrics.get("r2"), truth, probe, tuned, calibrated=False) == 0.5
    assert choose_part(metrics.get("r2"), truth, probe, exact, calibrated=False) == 1


def test_errors_in_one_group_rule_nothing_out():
    """The run is wrong on one patient in ten, whom the probe has right, and surer of all others."""
    patients = np.arange(200) // 20
    probe, tuned = answers(LABELS == LABELS, 0.55), answers(patients != 3, 0.9)
    choose = {"parts": (0, 1), "calibrated": False}
    assert choose_part(ACCURACY, LABELS, probe, tuned, **choose) == 0
    assert choose_part(ACCURACY, LABELS, probe, tuned, groups=patients, **choose) == 1
