"""The logistic probe: held-out folds, stratified and seeded."""

import numpy as np
import pytest

from automl_tl.errors import ScoreUnavailable
from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability import score
from automl_tl.transferability.base import scorers
from automl_tl.transferability.logistic_probe import stratified_folds


class TestLogisticProbeContract(ScorerContract):
    scorer_name = "logistic_probe"


def test_folds_are_even_overall_and_within_each_class():
    """And another seed draws others."""
    classes = np.repeat([0, 1, 2], [20, 10, 5])
    folds = stratified_folds(classes, 0)
    assert np.bincount(folds).tolist() == [7] * 5
    for c in range(3):
        assert np.ptp(np.bincount(folds[classes == c], minlength=5)) == 0
    assert (stratified_folds(classes, 1) != folds).any()


def test_random_labels_score_at_chance():
    """No example is predicted by a model that saw it."""
    rng = np.random.default_rng(3)
    assert score("logistic_probe", rng.normal(size=(120, 200)), rng.integers(0, 4, 120)).value < 0.42


def test_separable_classes_score_one():
    """With binomial error zero."""
    found = scorers.get("logistic_probe").score(clustered_sample(separation=20.0))
    assert (found.value, found.standard_error) == (1.0, 0.0)


def test_an_example_alone_in_its_class_counts_as_wrong():
    """Its class is unknown to the model of the other folds."""
    sample = clustered_sample(n=40, n_classes=2, separation=20.0)
    labels = sample.labels.copy()
    labels[5] = 9
    found = score("logistic_probe", sample.features, labels)
    assert found.contributions[5] == 0
    assert found.value > 0.9


def test_classes_of_one_example_each_are_refused():
    """Nothing could be predicted."""
    with pytest.raises(ScoreUnavailable, match="one example only"):
        score("logistic_probe", np.eye(6), np.arange(6))


def test_large_samples_are_thinned(monkeypatch):
    """Fifteen fits take their time."""
    monkeypatch.setattr("automl_tl.transferability.logistic_probe._MOST_EXAMPLES", 50)
    assert len(scorers.get("logistic_probe").score(clustered_sample(n=90)).contributions) == 50
