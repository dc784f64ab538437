"""Singular directions of the embeddings from the smaller Gram matrix: as exact as an SVD, several times faster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.transferability.blocks import float64_blocks

__all__ = ["Spectrum", "spectrum_of", "spectrum_of_gram", "spectrum_with_gram"]

# Squaring singular values loses what lies below their root of machine precision; such directions are taken again.
_DOUBTFUL = 1e-8


@dataclass(frozen=True)
class Spectrum:
    """Eigenpairs of ``FF'`` and the targets in them, without the directions that are rounding noise.

    Attributes
    ----------
    eigenvalues
        s float64 (k,), positive: squared singular values of F.
    projections
        ``u_i'Y`` float64 (k, C).
    directions
        Right singular vectors (D, k), or None where left ones are kept.
    left
        Left singular vectors (N, k), or None.
    """

    eigenvalues: NDArray[np.float64]
    projections: NDArray[np.float64]
    directions: NDArray[np.float64] | None = None
    left: NDArray[np.float64] | None = None

    def fitted(
        self, features: NDArray[Any], factor: float, rows: NDArray[np.int64] | None, shrunk: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return ``U[rows] shrunk`` (rows, C) for shrunk projections (k, C) and F = factor * features."""
        if self.left is not None:
            return (self.left if rows is None else self.left[rows]) @ shrunk
        assert self.directions is not None
        weights = self.directions @ (shrunk / np.sqrt(self.eigenvalues)[:, None])
        return _product(features if rows is None else features[rows], factor, weights)


def spectrum_of(features: NDArray[np.float64], transposed_targets: Any) -> Spectrum:
    """Return the spectrum of F (N, D) with Y' (C, N), dense or sparse; singular values as exact as by SVD.

    Directions with a singular value up to ``max(N, D) * eps`` times the largest count as rounding noise.
    """
    if len(features) >= features.shape[1]:
        cross = (transposed_targets @ features).T
        return spectrum_with_gram(features, 1.0, features.T @ features, cross, transposed_targets)
    values, left = np.linalg.eigh(features @ features.T)
    _refine(values, left, lambda doubtful: features.T @ doubtful, _noise(features))
    kept = values > _noise(features) * values[-1]
    return Spectrum(values[kept], (transposed_targets @ left[:, kept]).T, left=left[:, kept])


def spectrum_with_gram(
    features: NDArray[Any], factor: float, gram: NDArray[np.float64], cross: NDArray[np.float64], transposed: Any
) -> Spectrum:
    """Return the spectrum of ``factor * features`` for N >= D, where F'F and F'Y are known already."""
    values, right = np.linalg.eigh(gram)
    product = _refine(values, right, lambda doubtful: _product(features, factor, doubtful), _noise(features))
    projected = right.T @ cross
    if product is not None:
        projected[: product.shape[1]] = (transposed @ product).T
    kept = values > _noise(features) * values[-1]
    eigenvalues = values[kept]
    return Spectrum(eigenvalues, projected[kept] / np.sqrt(eigenvalues)[:, None], directions=right[:, kept])


def spectrum_of_gram(gram: NDArray[np.float64], cross: NDArray[np.float64], n: int) -> Spectrum:
    """Return what F'F (D, D) and F'Y (D, C) alone tell.

    Their rounding hides directions with an eigenvalue up to ``max(N, D) * eps`` times the largest.
    """
    values, right = np.linalg.eigh(gram)
    kept = values > max(n, len(gram)) * np.finfo(np.float64).eps * values[-1]
    # Of more directions than examples, the surplus is rounding noise whatever its size.
    kept[: max(len(gram) - n, 0)] = False
    eigenvalues, right = values[kept], right[:, kept]
    return Spectrum(eigenvalues, (right.T @ cross) / np.sqrt(eigenvalues)[:, None], directions=right)


def _noise(features: NDArray[Any]) -> float:
    """Return the share of the largest eigenvalue that rounding alone can make, as for an SVD."""
    return float((max(features.shape) * np.finfo(np.float64).eps) ** 2)


def _refine(
    values: NDArray[np.float64],
    vectors: NDArray[np.float64],
    product: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    noise: float,
) -> NDArray[np.float64] | None:
    """Take the smallest eigenpairs of a Gram matrix again, in place, from the product of its factor with them.

    Returns that product (rows, m) for the first m eigenvectors, or None if nothing was in doubt. Each turn
    resolves eight more decades.
    """
    count = first = int((values < _DOUBTFUL * values[-1]).sum())
    if not first:
        return None
    reduced = product(vectors[:, :first])
    while count and values[count - 1] > noise * values[-1]:
        values[:count], turned = np.linalg.eigh(reduced[:, :count].T @ reduced[:, :count])
        vectors[:, :count] = vectors[:, :count] @ turned
        reduced[:, :count] = reduced[:, :count] @ turned
        count = int((values[:count] < _DOUBTFUL * values[count - 1]).sum())
    return reduced


def _product(features: NDArray[Any], factor: float, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``factor * features @ vectors`` in blocks of rows, without a float64 copy of all features."""
    product = np.empty((len(features), vectors.shape[1]))
    for rows, block in float64_blocks(features, factor):
        np.matmul(block, vectors, out=product[rows])
    return product
