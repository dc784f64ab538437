"""The contract passes for a sound score and fails for an unsound one."""

import numpy as np
import pytest

from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability.base import Scorer, TransferScore, scorers


class FirstLabel(Scorer):
    """Depends on the order of the examples and on the names of the classes."""

    name, summary, reference = "first_label", "unsound", "none"

    def score(self, sample):
        return TransferScore(float(sample.labels[0]) + 1.0)


@pytest.fixture
def contract(monkeypatch):
    scorers.names()
    monkeypatch.setitem(scorers._entries, "first_label", FirstLabel())
    checks = ScorerContract()
    checks.scorer_name = "first_label"
    return checks


def test_catches_a_score_that_reads_class_ids(contract):
    """Ids are names, not numbers."""
    with pytest.raises(AssertionError):
        contract.test_names_of_the_classes_do_not_matter()


def test_catches_a_score_that_ignores_separation(contract):
    """It could not rank anything."""
    with pytest.raises(AssertionError):
        contract.test_separated_classes_score_higher_than_mixed_ones()


def test_catches_a_score_that_accepts_nan(contract):
    """The reason must be given in words."""
    with pytest.raises(pytest.fail.Exception):
        contract.test_unusable_embeddings_get_a_reason(np.nan)


def test_the_sample_is_what_it_says():
    """Clusters at the separation asked for, seeded."""
    sample = clustered_sample(n=300, separation=10.0)
    centres = np.stack([sample.features[sample.labels == c].mean(axis=0) for c in range(3)])
    assert np.linalg.norm(centres, axis=1) == pytest.approx(np.full(3, 10.0), abs=0.6)
    assert np.array_equal(sample.features, clustered_sample(n=300, separation=10.0).features)
