"""Eigenvectors that are never written down act like those that are."""

import numpy as np
import pytest

from automl_tl.transferability.eigenbasis import eigenbasis


@pytest.mark.parametrize("size", [1, 2, 3, 40])
def test_acts_like_written_eigenvectors(size):
    """Orthonormal, and diagonalising the matrix."""
    features = np.random.default_rng(size).normal(size=(50, size))
    matrix = features.T @ features
    found = eigenbasis(matrix)
    vectors = found.times(np.eye(size))
    assert found.values == pytest.approx(np.linalg.eigvalsh(matrix), rel=1e-10)
    assert vectors.T @ vectors == pytest.approx(np.eye(size), abs=1e-12)
    assert vectors * found.values @ vectors.T == pytest.approx(matrix, rel=1e-10, abs=1e-10)
    assert found.transposed_times(features.T) == pytest.approx(vectors.T @ features.T, rel=1e-9, abs=1e-10)


def test_a_selection_keeps_its_pairs():
    """The largest two of six."""
    features = np.random.default_rng(0).normal(size=(20, 6))
    found = eigenbasis(features.T @ features)
    part = found.select(found.values > found.values[3])
    assert part.values.tolist() == found.values[4:].tolist()
    assert part.times(np.eye(2)) == pytest.approx(found.times(np.eye(6)[:, 4:]))


def test_leaves_the_matrix_and_the_columns_alone():
    """LAPACK writes into copies."""
    matrix, columns = np.diag([3.0, 2.0, 1.0]) + 0.1, np.ones((3, 2))
    before = matrix.copy()
    eigenbasis(matrix).transposed_times(columns)
    assert np.array_equal(matrix, before)
    assert (columns == 1).all()
