"""Earth mover's distance between class prototypes."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from automl_tl.errors import ScoreUnavailable
from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability.base import ProbeSample, scorers
from automl_tl.transferability.similarity import emd
from automl_tl.transferability.similarity.emd import earth_movers_distance
from automl_tl.zoo.card import Fingerprint


class TestPrototypeSimilarityContract(ScorerContract):
    scorer_name = "emd"
    uses_labels = False  # they group the examples; how far the classes lie apart does not decide
    scale_invariant = False  # the fingerprint has the model's own scale


def test_a_transport_by_hand():
    """Half of the mass of the first heap moves by 1, the rest stays: 0.25; the dear way costs nothing."""
    cost = np.array([[0.0, 1.0], [9.0, 0.0]])
    assert earth_movers_distance(cost, np.array([3.0, 1.0]), np.array([2.0, 2.0])) == pytest.approx(0.25, abs=1e-9)


def test_on_a_line_it_is_the_known_closed_form():
    """Against scipy's one-dimensional distance."""
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=12), rng.normal(size=17) + 1
    supply, demand = rng.random(12), rng.random(17)
    found = earth_movers_distance(np.abs(first[:, None] - second[None]), supply, demand)
    assert found == pytest.approx(wasserstein_distance(first, second, supply, demand), abs=1e-8)


def test_a_single_heap_goes_everywhere():
    """There is only one plan, and no program to solve."""
    assert earth_movers_distance(np.array([[1.0, 3.0]]), np.ones(1), np.array([1.0, 3.0])) == 2.5


def test_the_similarity_by_hand():
    """Both classes move by 2 where the spread is 4: exp(-1/2)."""
    features = np.array([[0, 2], [0, 2], [8, -2], [8, -2]], np.float32)
    source = Fingerprint(
        np.zeros(2, np.float32),
        8 * np.eye(2, dtype=np.float32),
        4,
        None,
        np.array([[8, 0], [0, 0]], np.float32),
        np.array([5, 5]),
    )
    sample = ProbeSample(features, np.array([0, 0, 1, 1]), fingerprint=source)
    assert scorers.get("emd").score(sample).value == pytest.approx(math.exp(-0.5), rel=1e-7)


def test_the_source_classes_themselves_are_most_similar():
    """Also with one prototype for each of fewer examples than dimensions."""
    rng = np.random.default_rng(1)
    features = rng.normal(size=(6, 40)).astype(np.float32)
    source = Fingerprint(
        features.mean(0), np.eye(40, dtype=np.float32), 6, None, features[::-1].copy(), np.ones(6, np.int64)
    )
    same = ProbeSample(features, np.arange(6), fingerprint=source)
    assert scorers.get("emd").score(same).value == pytest.approx(1.0, abs=1e-6)
    assert scorers.get("emd").score(replace(same, features=features + 1)).value < 0.9


def test_is_the_same_for_a_model_of_another_scale():
    """Embeddings and fingerprint times ten describe the same closeness."""
    sample = clustered_sample()
    source = sample.fingerprint
    scaled = replace(source, covariance=source.covariance * 100, prototypes=source.prototypes * 10)
    larger = replace(sample, features=sample.features * 10, fingerprint=scaled)
    assert scorers.get("emd").score(larger).value == pytest.approx(
        scorers.get("emd").score(sample).value, rel=1e-6
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"prototypes": None}, "no prototypes"),
        ({"prototypes": np.zeros((2, 3), np.float32)}, r"\(2, 8\)"),
        ({"prototype_counts": np.zeros(2, np.int64)}, "no examples"),
    ],
)
def test_unusable_prototypes_get_a_reason(change, reason):
    """Fingerprints of unlabelled data have none."""
    sample = clustered_sample()
    with pytest.raises(ScoreUnavailable, match=reason):
        scorers.get("emd").score(replace(sample, fingerprint=replace(sample.fingerprint, **change)))


def test_too_many_pairs_of_classes_get_a_reason(monkeypatch):
    """An exact transport takes minutes there."""
    monkeypatch.setattr(emd, "_MOST_PAIRS", 5)
    with pytest.raises(ScoreUnavailable, match="3 target and 2 source classes"):
        scorers.get("emd").score(clustered_sample())
