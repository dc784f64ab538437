"""How scores are put on one scale and added."""

import numpy as np
import pytest

from automl_tl.transferability.base import TransferScore, scorers
from automl_tl.transferability.ensemble import columns, combine, comparable, shares


def accuracy(share, n=200):
    right = np.zeros(n)
    right[: round(share * n)] = 1
    return TransferScore(share, float(right.std() / np.sqrt(n)), right)


def combined(*sheets, names=("linear_probe", "knn", "logme")):
    voters = {name: scorers.get(name) for name in names}
    found = columns(voters, sheets)
    return combine(found, [column.raw for column in found])


def test_accuracies_are_compared_as_log_odds():
    """From 98 to 99 % is as much as from 2 to 1 %, and more than from 50 to 51 %."""
    values = comparable(scorers.get("knn"), np.array([0.5, 0.51, 0.98, 0.99]), np.full(4, 10_000))
    assert values[3] - values[2] > 5 * (values[1] - values[0])


def test_the_linear_probe_outweighs_knn():
    """Where the two disagree by as much, the probe decides."""
    better_probe = {"linear_probe": accuracy(0.9), "knn": accuracy(0.7)}
    better_knn = {"linear_probe": accuracy(0.7), "knn": accuracy(0.9)}
    first, second = combined(better_probe, better_knn)
    assert first > second


def test_differences_within_noise_hardly_vote():
    """One example in 200 is no reason to prefer a model."""
    close, far = combined({"knn": accuracy(0.8)}, {"knn": accuracy(0.805)}, names=["knn"])
    assert abs(close - far) < 0.3


def test_a_missing_score_has_no_vote():
    """A model without a fingerprint is judged by its other scores."""
    voters = {name: scorers.get(name) for name in ("knn", "frechet")}
    sheets = [{"knn": accuracy(0.9), "frechet": TransferScore(-5.0)}, {"knn": accuracy(0.9)}]
    found = columns(voters, sheets)
    values = combine(found, [column.raw for column in found])
    assert values == pytest.approx([0.0, 0.0])


def test_a_model_without_any_score_has_no_value():
    """NaN, so that it cannot be ranked by accident."""
    assert np.isnan(combined({"knn": accuracy(0.5)}, {}, names=["knn"])[1])


def test_one_outlier_does_not_drown_the_others():
    """Beyond three units only the logarithm counts."""
    sheets = [{"logme": TransferScore(value)} for value in (0.1, 0.2, 0.3, 0.4, -1e9)]
    values = combined(*sheets, names=["logme"])
    assert values.min() == pytest.approx(-3 - np.log1p(2.0))
    assert values[3] - values[0] > 0


def test_scores_without_a_weight_vote_when_asked_for_alone(monkeypatch):
    """Whoever names only shown columns wants to rank by them."""
    monkeypatch.setattr(type(scorers.get("knn")), "weight", 0.0)
    first, second = combined({"knn": accuracy(0.9)}, {"knn": accuracy(0.5)}, names=["knn"])
    assert first > second


def test_in_a_large_field_of_poor_models_the_good_ones_keep_their_order():
    """Spread and centre are those of the many; the few far above them are still told apart."""
    rng = np.random.default_rng(0)
    many = [{"logme": TransferScore(value)} for value in rng.normal(0.0, 0.01, 60)]
    good = [{"logme": TransferScore(value)} for value in (1.0, 1.1, 1.2)]
    values = combined(*many, *good, names=["logme"])
    assert list(np.argsort(values)[-3:]) == [60, 61, 62]
    assert np.all(np.diff(values[-3:]) > 0)


def test_shares_add_up_to_the_combination():
    """A missing score has no share; nobody else's share grows by it unsaid."""
    voters = {name: scorers.get(name) for name in ("linear_probe", "knn", "logme")}
    sheets = [
        {"linear_probe": TransferScore(0.8), "knn": TransferScore(0.7), "logme": TransferScore(0.1)},
        {"linear_probe": TransferScore(0.6), "logme": TransferScore(0.4)},
        {"linear_probe": TransferScore(0.7), "knn": TransferScore(0.9), "logme": TransferScore(-0.2)},
    ]
    found = columns(voters, sheets)
    parts = shares(found)
    assert np.allclose(parts.sum(axis=0), combine(found, [column.raw for column in found]), atol=1e-12)
    assert parts[[column.scorer.name for column in found].index("knn"), 1] == 0.0
