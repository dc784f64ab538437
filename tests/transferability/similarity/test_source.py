"""What every similarity checks first."""

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import ScoreUnavailable
from automl_tl.testing.scorer import clustered_sample
from automl_tl.transferability.base import ProbeSample
from automl_tl.transferability.similarity.source import compare_with_source
from automl_tl.zoo.card import Fingerprint
from automl_tl.zoo.fingerprints import make_fingerprint


def test_the_spread_is_the_root_of_the_total_variance():
    """Three dimensions of variance 4 have the spread sqrt(12)."""
    source = Fingerprint(np.zeros(3, np.float32), 4 * np.eye(3, dtype=np.float32), 9)
    found = compare_with_source(replace(clustered_sample(size=3), fingerprint=source))
    assert found.spread == pytest.approx(np.sqrt(12))
    assert found.features.dtype == np.float64


@pytest.mark.parametrize(
    ("fingerprint", "reason"),
    [
        (None, "no fingerprint"),
        (Fingerprint(np.zeros(3, np.float32), np.eye(3, dtype=np.float32), 5), "3 dimensions"),
        (Fingerprint(np.zeros(8, np.float32), np.zeros((8, 8), np.float32), 5), "no variance"),
        (Fingerprint(np.full(8, 1e30, np.float32), np.eye(8, dtype=np.float32), 5), "of another model"),
        (Fingerprint(np.full(8, np.nan, np.float32), np.eye(8, dtype=np.float32), 5), "not finite"),
    ],
)
def test_an_unusable_fingerprint_gets_a_reason(fingerprint, reason):
    """The ranking shows why the column is empty."""
    with pytest.raises(ScoreUnavailable, match=reason):
        compare_with_source(replace(clustered_sample(), fingerprint=fingerprint))


def test_embeddings_of_other_layers_are_not_compared_with_the_source():
    """The fingerprint was made with the model's own embedding, which rides along."""
    rng = np.random.default_rng(0)
    own = rng.normal(size=(20, 4)).astype(np.float32)
    fingerprint = make_fingerprint(rng.normal(size=(30, 4)).astype(np.float32))
    labels = np.arange(20) % 2
    sample = ProbeSample(own, labels, fingerprint=fingerprint)
    wider = ProbeSample(np.hstack([own, own]), labels, fingerprint=fingerprint, own_features=own)
    assert np.array_equal(compare_with_source(wider).features, compare_with_source(sample).features)
