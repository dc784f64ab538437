"""k-NN by leaving one out, against a plain loop."""

import numpy as np
import pytest

from automl_tl.errors import ScoreUnavailable
from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability.base import ProbeSample, scorers
from automl_tl.transferability.knn import leave_one_out_votes


class TestKnnContract(ScorerContract):
    scorer_name = "knn"


def test_equals_a_plain_loop_over_the_neighbours():
    """Cosine of centred embeddings, the example itself left out, ties to the larger similarity."""
    sample = clustered_sample(n=50, separation=1.5)
    features = sample.features.astype(float)
    centred = features - features.mean(axis=0)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    expected = []
    for i in range(50):
        similarity = unit @ unit[i]
        nearest = [j for j in np.argsort(-similarity) if j != i][:5]
        tally = dict.fromkeys(range(3), (0, 0.0))
        for j in nearest:
            votes, total = tally[sample.labels[j]]
            tally[sample.labels[j]] = (votes + 1, total + similarity[j] + 1)
        expected.append(max(tally, key=lambda c: tally[c]))
    assert leave_one_out_votes(features, sample.labels, 3, 5).tolist() == expected


def test_blocks_of_rows_give_what_one_block_gives(monkeypatch):
    """Chunking bounds memory and changes nothing."""
    sample = clustered_sample(n=50)
    whole = leave_one_out_votes(sample.features.astype(float), sample.labels, 3, 5)
    monkeypatch.setattr("automl_tl.transferability.knn._CHUNK", 7)
    assert np.array_equal(leave_one_out_votes(sample.features.astype(float), sample.labels, 3, 5), whole)


def test_fewer_examples_than_neighbours_use_all_others():
    """Three examples have two neighbours each."""
    sample = ProbeSample(np.array([[1.0, 0.0], [1.0, 0.1], [-1.0, 0.0]]), np.array([0, 0, 1]))
    assert np.isfinite(scorers.get("knn").score(sample).value)


def test_equal_embeddings_are_refused():
    """None is nearer than another."""
    with pytest.raises(ScoreUnavailable, match="same embedding"):
        scorers.get("knn").score(ProbeSample(np.ones((6, 2)), np.arange(6) % 2))


def test_large_samples_are_thinned_with_the_seed(monkeypatch):
    """The thinned sample is the same for the same seed."""
    monkeypatch.setattr("automl_tl.transferability.knn._MOST_EXAMPLES", 30)
    first, second = (scorers.get("knn").score(clustered_sample(n=90, separation=1.0)) for _ in range(2))
    assert len(first.contributions) == 30
    assert np.array_equal(first.contributions, second.contributions)
