"""Similarity by the source head's entropy."""

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import ScoreUnavailable
from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability.base import scorers


class TestEntropySimilarityContract(ScorerContract):
    scorer_name = "entropy"
    uses_labels = False


def value(probs):
    sample = clustered_sample(n=len(probs))
    return scorers.get("entropy").score(replace(sample, source_probs=np.array(probs, np.float32))).value


def test_known_answers():
    """A sure head has 0, a uniform one -1, half and half of four classes -1/2; a dead class counts."""
    assert value([[1, 0], [0, 1], [1, 0]]) == 0.0
    assert value([[0.25] * 4] * 3) == pytest.approx(-1.0)
    assert value([[0.5, 0.5, 0, 0]] * 3) == pytest.approx(-0.5)


def test_a_head_that_cannot_choose_gets_a_reason():
    """One class, or none."""
    with pytest.raises(ScoreUnavailable, match="single class"):
        value([[1.0]] * 3)
    with pytest.raises(ScoreUnavailable, match="no source head"):
        scorers.get("entropy").score(replace(clustered_sample(), source_probs=None))
