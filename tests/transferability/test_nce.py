"""Negative conditional entropy against its definition."""

import numpy as np
import pytest

from automl_tl.errors import ScoreUnavailable
from automl_tl.testing.scorer import ScorerContract
from automl_tl.transferability import score


class TestNceContract(ScorerContract):
    scorer_name = "nce"


def test_equals_the_entropy_by_hand():
    """Source class 0 meets labels 0, 0, 1; source class 2 meets 1; class 1 is never the most probable."""
    probs = np.array([[0.8, 0.1, 0.1], [0.5, 0.4, 0.1], [0.6, 0.4, 0.0], [0.1, 0.2, 0.7]])
    expected = (2 * np.log(2 / 3) + np.log(1 / 3) + np.log(1.0)) / 4
    assert score("nce", np.eye(4), [0, 0, 1, 1], source_probs=probs).value == pytest.approx(expected)


def test_a_head_that_tells_nothing_scores_the_entropy_of_the_labels():
    """-ln C for equally frequent classes."""
    probs = np.tile([0.7, 0.3], (6, 1))
    found = score("nce", np.eye(6), [0, 1, 2, 0, 1, 2], source_probs=probs)
    assert found.value == pytest.approx(-np.log(3))


def test_a_model_without_source_head_is_not_applicable():
    """Nothing to condition on."""
    with pytest.raises(ScoreUnavailable, match="not applicable"):
        score("nce", np.eye(4), [0, 0, 1, 1])
