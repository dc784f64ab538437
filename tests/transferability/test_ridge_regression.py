"""Ridge regression as a judge of embeddings, for numbers and for several labels."""

import numpy as np
import pytest
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from automl_tl.errors import ScoreUnavailable
from automl_tl.testing.scorer import ScorerContract
from automl_tl.transferability import score
from automl_tl.transferability.base import ProbeSample, scorers


class TestRidgeRegressionContract(ScorerContract):
    scorer_name = "ridge_regression"

    def test_names_of_the_classes_do_not_matter(self):
        """Its labels are numbers, and those have no names."""


def numbers(n=60, d=5, noise=0.3, seed=0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, d))
    return features, 100 + 7 * (features @ rng.normal(size=d) + noise * rng.normal(size=n))


def test_is_the_leave_one_out_r2_of_ridge_regression():
    """In closed form what refitting N times gives."""
    features, target = numbers()
    scaled = (features - features.mean(axis=0)) / features.std(axis=0)
    unit = np.square(scaled).sum() / 5
    penalties = 10.0 ** np.arange(-3.0, 2.5, 0.5) * unit
    best = RidgeCV(alphas=penalties).fit(scaled, target).alpha_
    from sklearn.linear_model import Ridge

    predicted = cross_val_predict(Ridge(alpha=best), scaled, target, cv=LeaveOneOut())
    expected = 1 - np.square(target - predicted).sum() / np.square(target - target.mean()).sum()
    assert score("ridge_regression", features, target).value == pytest.approx(expected, rel=1e-6)


def test_unit_and_zero_of_the_numbers_do_not_matter():
    """Degrees of any scale."""
    features, target = numbers()
    plain = score("ridge_regression", features, target).value
    assert score("ridge_regression", features, 32 + 1.8 * target).value == pytest.approx(plain)


def test_better_embeddings_score_higher_for_several_labels_too():
    """Noise explains nothing."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(80, 6)).astype(np.float32)
    labels = (features[:, :3] > 0.3).astype(np.int64)
    noise = score("ridge_regression", rng.normal(size=(80, 6)), labels).value
    assert score("ridge_regression", features, labels).value > noise + 0.4
    assert noise < 0.1


def test_equal_embeddings_are_refused():
    """They cannot explain anything."""
    with pytest.raises(ScoreUnavailable, match="same embedding"):
        scorers.get("ridge_regression").score(ProbeSample(np.ones((9, 2), np.float32), np.arange(9.0)))
