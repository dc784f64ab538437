"""Areas, means and ranks over weighted resamples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as reference

from automl_tl.finetune.measures import weighted


@given(st.integers(0, 10_000))
def test_average_precision_is_scikit_learns_with_ties_and_weights(seed):
    rng = np.random.default_rng(seed)
    scores, positive = np.round(rng.random(25), 1), rng.random(25) < 0.4
    positive[0] = True
    weights = rng.integers(0, 4, (2, 25)).astype(float)
    weights[:, 0] = 1
    expected = [reference.average_precision_score(positive, scores, sample_weight=row) for row in weights]
    assert weighted.average_precision(scores, positive, weights) == pytest.approx(expected)


def test_average_precision_needs_a_positive():
    found = weighted.average_precision(np.array([0.1, 0.9]), np.array([True, False]), np.array([[0.0, 1.0]]))
    assert np.isnan(found).all()


@given(st.lists(st.integers(0, 5), min_size=2, max_size=20), st.integers(0, 1000))
def test_ranks_are_mid_ranks_of_the_resample(values, seed):
    values = np.array(values, dtype=float)
    counts = np.random.default_rng(seed).integers(0, 3, len(values))
    found = weighted.ranks(values, counts[None].astype(float))[0]
    drawn = np.repeat(values, counts)
    expected = stats.rankdata(drawn) if len(drawn) else drawn
    assert np.repeat(found, counts) == pytest.approx(expected)


def test_a_constant_correlates_with_nothing():
    ones = np.ones((1, 4))
    assert np.isnan(weighted.weighted_correlation(ones, np.arange(4.0)[None], ones)).all()


def test_the_mean_predictor_explains_nothing_and_a_worse_one_less():
    numbers, ones = np.array([1.0, 2.0, 3.0]), np.ones((1, 3))
    assert weighted.share_explained(numbers, np.full(3, 2.0), ones)[0] == 0
    assert weighted.share_explained(numbers, np.full(3, 9.0), ones)[0] < -10
    assert weighted.share_explained(numbers, numbers, ones)[0] == 1
    assert np.isnan(weighted.share_explained(np.ones(3), numbers, ones)[0])


def test_means_leave_out_what_is_not_defined():
    values = np.array([[1.0, 3.0], [5.0, np.nan], [np.nan, np.nan]])
    assert weighted.mean_where(np.nan_to_num(values), ~np.isnan(values)).tolist()[:2] == [2.0, 5.0]


@given(st.integers(0, 10_000))
def test_few_positives_are_measured_as_many_are(seed):
    """By comparing instead of sorting, ties, weights of zero and lacking classes included."""
    rng = np.random.default_rng(seed)
    scores, positive = np.round(rng.random(25), 1), rng.random(25) < rng.choice([0.0, 0.1, 0.5, 1.0])
    weights = rng.integers(0, 3, (6, 25)).astype(float)
    for measure in (weighted.area_under_curve, weighted.average_precision):
        few = measure(scores, positive, weights)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(weighted, "_FEW_POSITIVES", -1)
            np.testing.assert_allclose(few, measure(scores, positive, weights), rtol=1e-12)
