"""What the probe says, in log-odds of accuracy, with honest errors."""

import math
from dataclasses import replace

import numpy as np
import pytest

from automl_tl.transferability.base import Scorer, TransferScore
from automl_tl.transferability.compute import ScoreSheet
from automl_tl.transferability.ensemble import columns
from automl_tl.transferability.probe_evidence import STEP_SPREAD, probe_evidence


class Accuracy(Scorer):
    """A score that is a share of right answers."""

    name, summary, reference, is_accuracy = "accuracy", "", "", True

    def score(self, sample):
        raise AssertionError


class Plain(Accuracy):
    """A score that is none."""

    name, is_accuracy = "plain", False


def named(name, weight, kind=Accuracy):
    scorer = kind()
    scorer.name, scorer.weight = name, weight
    return scorer


def answers(right, n=100, seed=0):
    """The score of a model that is right on so many of n examples."""
    hits = np.random.default_rng(seed).permutation(np.arange(n) < right).astype(float)
    return TransferScore(float(hits.mean()), float(hits.std() / math.sqrt(n)), hits)


def evidence_of(sheets, scorers=None, resamples=1000, seed=0):
    voters = scorers or {"accuracy": named("accuracy", 1.0)}
    found = columns(voters, [sheet.scores for sheet in sheets])
    return probe_evidence(found, sheets, seed=seed, resamples=resamples)


def sheets_of(*scores, name="accuracy"):
    return [ScoreSheet({name: score}) for score in scores]


def smoothed_odds(right, n):
    return math.log((right + 0.5) / (n - right + 0.5))


def test_one_accuracy_alone_is_its_own_log_odds():
    """As long as no model is far out of the others' range."""
    found = evidence_of(sheets_of(answers(60), answers(70), answers(80)))
    assert found.values == pytest.approx([smoothed_odds(right, 100) for right in (60, 70, 80)])
    assert found.level_known


def test_the_unit_is_that_of_the_accuracy_with_the_most_weight():
    """A second accuracy that says the same on another scale does not change the unit."""
    voters = {"heavy": named("heavy", 3.0), "light": named("light", 1.0)}
    sheets = [
        ScoreSheet({"heavy": answers(60 + 10 * model), "light": answers(80 + 5 * model)}) for model in range(3)
    ]
    found = evidence_of(sheets, voters)
    assert found.values[1] == pytest.approx(smoothed_odds(70, 100), abs=1e-6)
    assert 0.5 < found.values[2] - found.values[0] < 1.2


def test_without_an_accuracy_values_keep_order_and_a_modest_scale():
    scores = [TransferScore(value, 1.0) for value in (10.0, 250.0, 30.0)]
    found = evidence_of(sheets_of(*scores, name="plain"), {"plain": named("plain", 1.0, Plain)})
    assert found.values.argsort().tolist() == [0, 2, 1]
    assert np.abs(found.values).max() < 3


def test_what_fine_tuning_adds_is_uncertain_even_for_an_exact_probe():
    found = evidence_of(sheets_of(answers(600, 10**4), answers(700, 10**4)), resamples=0)
    assert np.diag(found.covariance) == pytest.approx(STEP_SPREAD**2, rel=0.01)
    assert found.covariance[0, 1] == 0.0


def test_sampling_errors_are_those_of_a_share():
    """Delta method: 1 / (n p (1 - p)) in log-odds."""
    found = evidence_of(sheets_of(answers(70, 400, seed=1), answers(300, 400, seed=2), answers(200, 400, seed=3)))
    for place, p in ((1, 0.75), (2, 0.5)):
        sampling = found.covariance[place, place] - STEP_SPREAD**2
        assert sampling == pytest.approx(1 / (400 * p * (1 - p)), rel=0.15)


def test_models_that_err_on_the_same_examples_are_compared_better():
    """Paired resampling: their common luck cancels."""
    same, other = answers(70), answers(70, seed=9)
    paired, apart = (evidence_of(sheets_of(same, second, answers(85, seed=5))) for second in (same, other))

    def variance(found):
        return found.covariance[0, 0] + found.covariance[1, 1] - 2 * found.covariance[0, 1]

    assert variance(paired) == pytest.approx(2 * STEP_SPREAD**2, rel=0.05)
    assert variance(apart) > variance(paired) + 0.04


@pytest.mark.parametrize(("right", "n"), [(50, 50), (20, 20), (0, 30)])
def test_a_perfect_score_is_as_uncertain_as_jeffreys_posterior(right, n):
    """All examples right: resampling sees no error at all. Against draws of Beta(right + 1/2, wrong + 1/2)."""
    found = evidence_of(sheets_of(answers(right, n), answers(n // 2, n), answers(n // 2, n, seed=1)))
    draws = np.random.default_rng(0).beta(right + 0.5, n - right + 0.5, 400_000)
    expected = np.log(draws / (1 - draws)).var()
    assert found.covariance[0, 0] - STEP_SPREAD**2 == pytest.approx(expected, rel=0.02)


def test_an_error_near_the_ceiling_is_not_smaller_than_jeffreys():
    """97 of 100: resampling sees part of it, the rest is added; rather too much than too little."""
    found = evidence_of(sheets_of(answers(97), answers(98), answers(92), answers(85)), resamples=4000)
    draws = np.random.default_rng(0).beta(97.5, 3.5, 400_000)
    expected = np.log(draws / (1 - draws)).var()
    assert 0.95 * expected < found.covariance[0, 0] - STEP_SPREAD**2 < 1.5 * expected


def test_one_model_has_evidence_too():
    found = evidence_of(sheets_of(answers(80)))
    assert found.values == pytest.approx([smoothed_odds(80, 100)])
    assert found.covariance.shape == (1, 1)
    assert found.covariance[0, 0] > STEP_SPREAD**2


def test_a_score_that_one_model_lacks_does_not_spoil_it():
    voters = {"heavy": named("heavy", 3.0), "light": named("light", 1.0)}
    sheets = [
        ScoreSheet({"heavy": answers(80), "light": answers(75)}),
        ScoreSheet({"heavy": answers(70), "light": answers(65)}),
        ScoreSheet({"light": answers(55)}),
    ]
    found = evidence_of(sheets, voters)
    assert np.isfinite(found.values).all()
    assert np.isfinite(found.covariance).all()
    assert found.values.argmin() == 2


def test_scores_without_examples_enter_without_sampling_error():
    """Fewer or other examples of one model are no obstacle either."""
    bare = replace(answers(70), contributions=None)
    found = evidence_of(sheets_of(bare, answers(40, 50), answers(80, 120)))
    assert np.isfinite(found.covariance).all()
    assert found.covariance[0, 0] == pytest.approx(STEP_SPREAD**2)


def test_the_covariance_is_one():
    sheets = sheets_of(answers(60), answers(80, seed=1), answers(99, seed=2))
    covariance = evidence_of(sheets).covariance
    assert covariance == pytest.approx(covariance.T)
    assert np.linalg.eigvalsh(covariance).min() > 0


def test_the_seed_decides_the_resamples():
    sheets = sheets_of(answers(60), answers(80, seed=1))
    one, again, other = (evidence_of(sheets, resamples=50, seed=seed).covariance for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
