"""The Gram matrices' spectrum is that of the SVD."""

import numpy as np
import pytest

from automl_tl.transferability.spectrum import spectrum_of, spectrum_of_gram


def by_svd(features, targets):
    left, singular, _ = np.linalg.svd(features, full_matrices=False)
    kept = singular > max(features.shape) * np.finfo(float).eps * singular[0]
    return np.square(singular[kept]), left[:, kept].T @ targets


def awkward(n, d):
    """Columns of very different size, one dead, two equal."""
    rng = np.random.default_rng(n + d)
    features = rng.normal(size=(n, d)) * 10.0 ** rng.uniform(-3, 3, d)
    features[:, 1] = 0.0
    features[:, 2] = features[:, 3]
    return features, rng.normal(size=(n, 3))


@pytest.mark.parametrize(("n", "d"), [(60, 15), (20, 20), (15, 60)], ids=["N>D", "N=D", "N<D"])
def test_equals_the_svd(n, d):
    """Eigenvalues and energy of the targets, from the largest direction to the smallest."""
    features, targets = awkward(n, d)
    values, projections = by_svd(features, targets)
    found = spectrum_of(features, targets.T)
    order = np.argsort(-found.eigenvalues)
    assert found.eigenvalues[order] == pytest.approx(values, rel=1e-8)
    assert np.abs(found.projections[order]) == pytest.approx(np.abs(projections), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize(("n", "d"), [(60, 15), (15, 60)], ids=["N>D", "N<D"])
def test_fits_what_least_squares_fits(n, d):
    """Unshrunk projections give the projection onto the span."""
    features, targets = awkward(n, d)
    found = spectrum_of(features, targets.T)
    fitted = found.fitted(features, 1.0, None, found.projections)
    expected = features @ np.linalg.lstsq(features, targets, rcond=1e-12)[0]
    assert fitted == pytest.approx(expected, abs=1e-7)


def test_the_gram_matrix_alone_knows_the_rank():
    """Surplus directions of N < D are noise."""
    rng = np.random.default_rng(0)
    features, targets = rng.normal(size=(12, 30)), rng.normal(size=(12, 2))
    found = spectrum_of_gram(features.T @ features, features.T @ targets, 12)
    values, projections = by_svd(features, targets)
    assert found.eigenvalues[::-1] == pytest.approx(values, rel=1e-10)
    assert np.square(found.projections).sum(axis=0) == pytest.approx(np.square(projections).sum(axis=0), rel=1e-9)
