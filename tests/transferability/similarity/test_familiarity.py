"""Checks of the model's own evidence."""

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import ScoreUnavailable
from automl_tl.testing.scorer import clustered_sample
from automl_tl.transferability.similarity.familiarity import checked_familiarity, finite_part


def test_without_evidence_the_reason_says_how_to_get_it():
    """A score that was computed on bare features."""
    with pytest.raises(ScoreUnavailable, match="among its scorers"):
        checked_familiarity(replace(clustered_sample(), familiarity=None))


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (None, "not applicable: the model has no source head"),
        (np.empty(0), "not applicable"),
        (np.array([np.nan]), "NaN"),
    ],
)
def test_a_part_that_is_not_there_gets_a_reason(values, reason):
    """Not every model has every part."""
    with pytest.raises(ScoreUnavailable, match=reason):
        finite_part(values, lacks="source head")
