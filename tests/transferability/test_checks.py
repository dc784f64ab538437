"""What every score refuses, in words."""

import numpy as np
import pytest

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample
from automl_tl.transferability.checks import by_content, labelled_features


@pytest.mark.parametrize(
    ("features", "labels", "reason"),
    [
        (np.zeros(3), np.arange(3), "N x D"),
        (np.zeros((0, 3)), np.arange(0), "non-empty"),
        (np.zeros((3, 2)), np.arange(2), "shape"),
        (np.zeros((3, 2)), np.array([0, 1, -1]), ">= 0"),
        (np.zeros((3, 2)), np.array([0.0, 1.0, 1.0]), "class ids"),
        (np.zeros((3, 2)), np.array([4, 4, 4]), "same class"),
        (np.array([[0.0], [np.nan], [1.0]]), np.arange(3), "the first is example 1"),
        (np.array([["a"], ["b"]]), np.arange(2), "real numbers"),
        (np.array([[1j], [0]]), np.arange(2), "real numbers"),
    ],
)
def test_refuses_with_the_reason(features, labels, reason):
    """Shapes, missing numbers, unlabelled rows and single classes."""
    with pytest.raises(ScoreUnavailable, match=reason):
        labelled_features(ProbeSample(features, labels))


def test_numbers_the_classes_without_gaps():
    """Class ids 90 and 7 become 0 and 1, in the order of their first examples."""
    found = labelled_features(ProbeSample(np.eye(3), np.array([90, 7, 90])))
    assert found.classes.tolist() == [0, 1, 0]
    assert found.one_hot().sum(axis=0).tolist() == [2, 1]


def test_scales_the_largest_magnitude_to_about_one():
    """So that squares of huge or tiny embeddings neither overflow nor vanish; by a power of two, so exactly."""
    found = labelled_features(ProbeSample(np.array([[1e-30], [-4e-30]]), np.array([0, 1])))
    assert 0.5 <= np.abs(found.features).max() < 1
    assert found.features[1, 0] / found.features[0, 0] == -4.0
    huge = labelled_features(ProbeSample(np.array([[1e300], [3e-300]]), np.array([0, 1])))
    assert np.isfinite(huge.features).all()


def test_the_order_by_content_ignores_where_an_example_stands():
    """Shuffled examples come back in the same order."""
    features = np.random.default_rng(0).normal(size=(20, 12))
    shuffled = features[np.random.default_rng(1).permutation(20)]
    assert np.array_equal(shuffled[by_content(shuffled)], features[by_content(features)])
