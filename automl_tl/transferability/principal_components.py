"""Principal components of the embeddings from the smaller Gram matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import ScoreUnavailable

__all__ = ["principal_components", "span"]


def span(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the centred examples in coordinates of their own span (N, min(N, D)): all distances stay.

    Raises
    ------
    ScoreUnavailable
        If every example has the same embedding.
    """
    centred = _centred(features)
    n, size = centred.shape
    if n >= size:
        return centred
    values, vectors = np.linalg.eigh(centred @ centred.T)
    return vectors * np.sqrt(np.maximum(values, 0.0))


def principal_components(
    features: NDArray[np.float64], *, most: int | None = None, share: float = 1.0
) -> NDArray[np.float64]:
    """Return the examples in their leading principal components (N, K), the largest first.

    The sign of a component is such that its largest loading is positive.

    Parameters
    ----------
    features
        float64 (N, D).
    most
        Largest K; None for no bound.
    share
        Smallest share of the total variance that the K components explain, unless ``most`` ends them before.

    Raises
    ------
    ScoreUnavailable
        If every example has the same embedding.
    """
    centred = _centred(features)
    n, size = centred.shape
    values, vectors = np.linalg.eigh(centred @ centred.T if n < size else centred.T @ centred)
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    rank = int((values > max(n, size) * np.finfo(np.float64).eps * values[0]).sum())
    enough = int(np.searchsorted(np.cumsum(values) / values.sum(), share - 1e-12)) + 1
    count = min(rank, enough, rank if most is None else most)
    loadings = vectors[:, :count] if n >= size else centred.T @ vectors[:, :count] / np.sqrt(values[:count])
    largest = loadings[np.abs(loadings).argmax(axis=0), np.arange(count)]
    return centred @ (loadings * np.sign(largest))


def _centred(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the examples minus their mean; raises ScoreUnavailable if nothing but rounding is left."""
    centred = features - features.mean(axis=0)
    if np.abs(centred).max() <= 1e-12 * np.abs(features).max():
        raise ScoreUnavailable("every example has the same embedding", field="features")
    return centred
