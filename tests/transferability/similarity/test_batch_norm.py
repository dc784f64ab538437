"""Similarity by normalisation layers."""

import math
from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import ScoreUnavailable
from automl_tl.probe.familiarity import Familiarity
from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability.base import scorers


class TestNormalisationSimilarityContract(ScorerContract):
    scorer_name = "batch_norm"
    uses_labels = False


def test_layers_count_alike_by_hand():
    """Divergences e - 1 and e^3 - 1 have the logarithms 1 and 3."""
    heard = Familiarity(batch_norm=np.array([math.e - 1, math.e**3 - 1]))
    found = scorers.get("batch_norm").score(replace(clustered_sample(), familiarity=heard))
    assert found.value == pytest.approx(-2.0)


def test_a_network_without_such_layers_gets_a_reason():
    """Transformers normalise each example by itself."""
    with pytest.raises(ScoreUnavailable, match="not applicable: the model has no batch normalisation"):
        scorers.get("batch_norm").score(replace(clustered_sample(), familiarity=Familiarity()))
