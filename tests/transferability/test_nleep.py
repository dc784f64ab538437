"""N-LEEP: clusters instead of source classes."""

import numpy as np
import pytest

from automl_tl.errors import ScoreUnavailable
from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability import score
from automl_tl.transferability.base import scorers


class TestNLeepContract(ScorerContract):
    scorer_name = "nleep"


def test_well_separated_clusters_score_almost_zero():
    """Each component belongs to one class, whatever the number of components."""
    assert scorers.get("nleep").score(clustered_sample(n=90, separation=30.0)).value > -0.02


def test_clusters_that_mix_the_labels_score_below_zero():
    """Labels at random over two far clusters: at best the entropy of the labels."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(400, 3)) + 100.0 * (np.arange(400) % 2)[:, None]
    assert score("nleep", features, rng.integers(0, 2, 400)).value < -0.5


def test_more_components_than_examples_are_never_asked_for():
    """20 classes of 3 examples would need 100 components."""
    labels = np.arange(60) % 20
    features = np.random.default_rng(0).normal(size=(60, 4))
    assert score("nleep", features, labels).value <= 0


def test_contributions_stand_in_the_samples_order():
    """An outlier of class 0 among class 1 has the worst term."""
    sample = clustered_sample(n=60, n_classes=2, separation=20.0)
    labels = sample.labels.copy()
    labels[17] = 1 - labels[17]
    found = score("nleep", sample.features, labels, seed=3)
    assert found.contributions.argmin() == 17


def test_large_samples_are_thinned(monkeypatch):
    """EM takes time in proportion to the examples."""
    monkeypatch.setattr("automl_tl.transferability.nleep._MOST_EXAMPLES", 50)
    assert len(scorers.get("nleep").score(clustered_sample(n=90)).contributions) == 50


def test_three_examples_are_refused():
    """No mixture fits them."""
    with pytest.raises(ScoreUnavailable, match="four examples"):
        score("nleep", np.eye(3), [0, 1, 1])
