"""The ridge probe's closed form is what refitting without each example gives."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from automl_tl.errors import ScoreUnavailable
from automl_tl.testing.scorer import ScorerContract
from automl_tl.transferability import score
from automl_tl.transferability.ridge_probe import ridge_leave_one_out


class TestRidgeProbeContract(ScorerContract):
    scorer_name = "ridge_probe"


@pytest.mark.parametrize(("n", "d"), [(40, 5), (20, 20), (18, 60)], ids=["N>D", "N=D", "N<D"])
@pytest.mark.parametrize("penalty", [0.01, 5.0])
def test_equals_explicit_refits(n, d, penalty):
    """To 1e-8, intercept included."""
    rng = np.random.default_rng(n)
    features, targets = rng.normal(size=(n, d)) + 2.0, rng.normal(size=(n, 3))
    expected = np.empty_like(targets)
    for i in range(n):
        kept = np.arange(n) != i
        expected[i] = (
            Ridge(penalty, solver="svd").fit(features[kept], targets[kept]).predict(features[i : i + 1])[0]
        )
    assert ridge_leave_one_out(features, targets, penalty) == pytest.approx(expected, rel=1e-8, abs=1e-8)


def test_random_labels_score_at_chance():
    """Nothing of the left-out example leaks in."""
    rng = np.random.default_rng(3)
    assert score("ridge_probe", rng.normal(size=(120, 300)), rng.integers(0, 4, 120)).value < 0.42


def test_equal_embeddings_are_refused():
    """There is nothing to regress on."""
    with pytest.raises(ScoreUnavailable, match="same embedding"):
        score("ridge_probe", np.ones((6, 3)), [0, 0, 0, 1, 1, 1])
