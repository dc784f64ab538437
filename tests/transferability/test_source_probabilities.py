"""What a source head's output must be before it is scored."""

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import ScoreUnavailable
from automl_tl.testing.scorer import clustered_sample
from automl_tl.transferability.source_probabilities import expected_log_likelihood, source_probabilities


@pytest.mark.parametrize(
    ("probs", "reason"),
    [
        (None, "not applicable: the model has no source head"),
        (np.ones((3, 2)), "shape"),
        (np.full((60, 2), np.nan), "negative or NaN"),
        (np.tile([1.5, -0.5], (60, 1)), "negative or NaN"),
        (np.tile([3.0, 1.0], (60, 1)), "softmax"),
    ],
)
def test_refuses_with_the_reason(probs, reason):
    """A missing head, a wrong shape, logits."""
    with pytest.raises(ScoreUnavailable, match=reason):
        source_probabilities(replace(clustered_sample(), source_probs=probs))


def test_classes_without_mass_are_left_out():
    """They would make 0/0."""
    probs = np.tile(np.array([0.25, 0.0, 0.75], np.float32), (60, 1))
    assert source_probabilities(replace(clustered_sample(), source_probs=probs)).shape == (60, 2)


def test_likelihood_of_a_case_by_hand():
    """P(y|z) from the joint, then the mixture."""
    probs = np.array([[1.0, 0.0], [0.5, 0.5]])
    # P(0|z=0) = 1/1.5, P(1|z=0) = 0.5/1.5, P(1|z=1) = 1
    expected = np.log([2 / 3, 0.5 / 3 + 0.5])
    assert expected_log_likelihood(probs, np.array([0, 1]), 2) == pytest.approx(expected)
