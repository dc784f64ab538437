"""The temperature is the one that is known to be right, and small samples get none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import softmax

from automl_tl.finetune.temperature import choose_temperature, fit_temperature, log_probabilities, scaled


def sample(n: int, temperature: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return logits (n, 3) and labels drawn from their softmax at ``temperature``."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, (n, 3))
    probabilities = softmax(logits / temperature, axis=1)
    labels = (rng.random(n)[:, None] > probabilities.cumsum(axis=1)).sum(axis=1).astype(np.int64)
    return logits, labels


@pytest.mark.parametrize("right", [60, 75, 90])
def test_two_classes_with_one_margin_have_a_closed_form(right):
    """With margins m and a share p of right answers the optimum is m / log(p / (1 - p))."""
    labels = np.array([0] * right + [1] * (100 - right))
    logits = np.tile([4.0, 0.0], (100, 1))
    share = right / 100
    found = fit_temperature(logits, labels, prior_deviation=math.inf)
    assert found == pytest.approx(4.0 / math.log(share / (1 - share)), rel=1e-3)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_many_examples_give_back_the_temperature_they_were_drawn_at(temperature):
    assert fit_temperature(*sample(4000, temperature)) == pytest.approx(temperature, rel=0.1)


def test_a_few_right_answers_do_not_ask_for_certainty():
    """Without the prior the optimum of a perfect sample is 0."""
    logits, labels = np.tile([4.0, 0.0], (10, 1)), np.zeros(10, dtype=np.int64)
    assert fit_temperature(logits, labels) > 0.5
    assert fit_temperature(logits, labels, prior_deviation=math.inf) < 0.1


def test_scaling_never_changes_the_most_probable_class():
    logits, _ = sample(50, 1.0)
    for temperature in (0.05, 0.7, 20.0):
        np.testing.assert_array_equal(scaled(logits, temperature).argmax(axis=1), logits.argmax(axis=1))


def test_overconfident_answers_are_softened_and_honest_ones_are_left_alone():
    logits, labels = sample(200, 3.0)
    chosen, decision = choose_temperature(logits, labels)
    assert decision.kept
    assert chosen == pytest.approx(3.0, rel=0.3)
    assert decision.gains[0].after < decision.gains[0].before
    chosen, decision = choose_temperature(*sample(200, 1.0))
    assert not decision.kept
    assert chosen == 1.0


def test_too_few_examples_change_nothing():
    chosen, decision = choose_temperature(*sample(7, 5.0))
    assert (chosen, decision.kept) == (1.0, False)
    assert "7 examples are too few" in decision.reason


def test_the_noise_of_small_samples_does_no_harm():
    """Of honest models seen through twelve examples most keep their temperature, and log loss hardly rises."""
    chosen = [choose_temperature(*sample(12, 1.0, seed))[0] for seed in range(40)]
    assert sum(each != 1.0 for each in chosen) <= 14
    logits, labels = sample(2000, 1.0, 1000)
    loss = [-np.log(scaled(logits, each)[np.arange(2000), labels]).mean() for each in (1.0, *chosen)]
    assert np.mean(loss[1:]) - loss[0] < 0.02


def test_log_probabilities_are_scores_of_the_same_probabilities():
    probabilities = np.array([[0.7, 0.2, 0.1], [1.0, 0.0, 0.0]])
    np.testing.assert_allclose(softmax(log_probabilities(probabilities), axis=1), probabilities, atol=1e-9)


def test_errors_of_one_group_soften_nothing():
    """Every image of one patient in ten is wrong: fitted without that patient the temperature would be lower."""
    logits, labels = np.tile([4.0, 0.0], (200, 1)), (np.arange(200) < 20).astype(np.int64)
    assert choose_temperature(logits, labels)[0] > 1.3
    assert choose_temperature(logits, labels, groups=np.arange(200) // 20)[0] == 1.0
    spread_out = choose_temperature(logits, labels, groups=np.arange(200) % 20)
    assert spread_out[0] > 1.3


def test_one_group_says_nothing_of_others():
    chosen, decision = choose_temperature(*sample(200, 3.0), groups=np.zeros(200, dtype=np.int64))
    assert (chosen, decision.kept) == (1.0, False)
    assert "one group" in decision.reason
