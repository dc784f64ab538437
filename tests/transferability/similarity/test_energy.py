"""Similarity by the source head's energy."""

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import ScoreUnavailable
from automl_tl.probe.familiarity import Familiarity
from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability.base import scorers


class TestEnergySimilarityContract(ScorerContract):
    scorer_name = "energy"
    uses_labels = False


def test_is_the_mean_with_its_standard_error():
    """Of 1 and 3: 2 with 1 / sqrt(2)."""
    heard = Familiarity(negative_energy=np.array([1.0, 3.0]))
    found = scorers.get("energy").score(replace(clustered_sample(), familiarity=heard))
    assert found.value == 2.0
    assert found.standard_error == pytest.approx(np.sqrt(0.5))


def test_a_model_without_a_source_head_gets_a_reason():
    """As most text encoders are."""
    with pytest.raises(ScoreUnavailable, match="not applicable: the model has no source head"):
        scorers.get("energy").score(replace(clustered_sample(), familiarity=Familiarity()))
