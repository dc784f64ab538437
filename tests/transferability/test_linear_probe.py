"""The linear probe's closed form is what refitting without each example gives."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability.base import ProbeSample, scorers
from automl_tl.transferability.linear_probe import leave_one_out_scores, standardise


class TestLinearProbeContract(ScorerContract):
    scorer_name = "linear_probe"


def refitted(features, classes, n_classes, penalty):
    """Fit the discriminant N times, each time without one example."""
    n, d = features.shape
    scores = np.full((n, n_classes), -np.inf)
    for left_out in range(n):
        kept = np.arange(n) != left_out
        x, y = features[kept], classes[kept]
        means = {c: x[y == c].mean(axis=0) for c in range(n_classes) if (y == c).any()}
        within = sum((x[y == c] - mean).T @ (x[y == c] - mean) for c, mean in means.items())
        shrunk = within + penalty * np.eye(d)
        for c, mean in means.items():
            gap = features[left_out] - mean
            distance = gap @ np.linalg.solve(shrunk, gap)
            scores[left_out, c] = -0.5 * max(n - n_classes, 1) * distance + np.log((y == c).sum())
    return scores


@pytest.mark.parametrize(("n", "d"), [(40, 5), (18, 30)], ids=["N>D", "N<D"])
@pytest.mark.parametrize("penalty", [0.05, 3.0])
def test_equals_explicit_refits(n, d, penalty):
    """To 1e-8, for every example and class, also with fewer samples than dimensions."""
    rng = np.random.default_rng(n)
    classes = np.arange(n) % 4
    features = rng.normal(size=(n, d)) + rng.normal(size=(4, d))[classes]
    closed = leave_one_out_scores(features, classes, 4, penalty)
    assert closed == pytest.approx(refitted(features, classes, 4, penalty), rel=1e-8, abs=1e-8)


def test_a_class_of_one_example_is_never_predicted_for_itself():
    """Without its only example the class is unknown."""
    features = np.random.default_rng(0).normal(size=(13, 3))
    classes = np.array([0] * 6 + [1] * 6 + [2])
    scores = leave_one_out_scores(features, classes, 3, 0.1)
    assert scores[12, 2] == -np.inf
    assert scores[:12] == pytest.approx(refitted(features, classes, 3, 0.1)[:12], rel=1e-8)


def test_agrees_with_scikit_learn_on_plenty_of_data():
    """With many examples and little shrinkage it is ordinary discriminant analysis."""
    sample = clustered_sample(n=600, separation=1.5)
    ours = scorers.get("linear_probe").score(sample).value
    theirs = LinearDiscriminantAnalysis().fit(sample.features, sample.labels).score(sample.features, sample.labels)
    assert ours == pytest.approx(theirs, abs=0.02)


def test_random_labels_score_at_chance():
    """Nothing of the left-out example leaks in: noise with N < D is not learnt."""
    rng = np.random.default_rng(3)
    sample = ProbeSample(rng.normal(size=(120, 300)).astype(np.float32), rng.integers(0, 4, 120))
    assert scorers.get("linear_probe").score(sample).value < 0.42


def test_standard_error_is_binomial():
    """sqrt(p(1-p)/N)."""
    result = scorers.get("linear_probe").score(clustered_sample(separation=1.5))
    p = result.value
    assert result.standard_error == pytest.approx(np.sqrt(p * (1 - p) / 60))


def test_standardising_makes_constant_columns_zero():
    """A dead unit has no direction."""
    columns = standardise(np.column_stack([np.full(5, 7.0), np.arange(5.0)]))
    assert (columns[:, 0] == 0).all()
    assert columns[:, 1].std() == pytest.approx(1.0)
