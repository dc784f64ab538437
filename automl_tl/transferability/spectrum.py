"""Singular directions of the embeddings from the smaller Gram matrix: as exact as an SVD, several times faster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.transferability.blocks import float64_blocks
from automl_tl.transferability.eigenbasis import Eigenbasis, eigenbasis

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
        Right singular vectors of F, or None where left ones are kept.
    left
        Left singular vectors of F, or None.
    """

    eigenvalues: NDArray[np.float64]
    projections: NDArray[np.float64]
    directions: Eigenbasis | None = None
    left: Eigenbasis | None = None

    def fitted(
        self, features: NDArray[Any], factor: float, rows: NDArray[np.int64] | None, shrunk: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return ``U[rows] shrunk`` (rows, C) for shrunk projections (k, C) and F = factor * features.

        In the features' own precision: standard errors are made of it, no score.
        """
        if self.left is not None:
            every = self.left.times(shrunk)
            return every if rows is None else every[rows]
        assert self.directions is not None
        weights = self.directions.times(shrunk / np.sqrt(self.eigenvalues)[:, None])
        some = features if rows is None else features[rows]
        return factor * np.asarray(some @ weights.astype(some.dtype), dtype=np.float64)


def spectrum_of(features: NDArray[np.float64], transposed_targets: Any) -> Spectrum:
    """Return the spectrum of F (N, D) with Y' (C, N), dense or sparse; singular values as exact as by SVD.

    Directions with a singular value up to ``max(N, D) * eps`` times the largest count as rounding noise.
    """
    if len(features) >= features.shape[1]:
        cross = (transposed_targets @ features).T
        return spectrum_with_gram(features, 1.0, features.T @ features, cross, transposed_targets)
    basis, _ = _refined(
        eigenbasis(features @ features.T), lambda doubtful: features.T @ doubtful, _noise(features)
    )
    basis = basis.select(basis.values > _noise(features) * basis.values[-1])
    targets = transposed_targets.T
    dense = targets if isinstance(targets, np.ndarray) else targets.toarray()
    return Spectrum(basis.values, basis.transposed_times(dense), left=basis)


def spectrum_with_gram(
    features: NDArray[Any], factor: float, gram: NDArray[np.float64], cross: NDArray[np.float64], transposed: Any
) -> Spectrum:
    """Return the spectrum of ``factor * features`` for N >= D from F'F, whose memory is reused, and F'Y."""
    basis, product = _refined(
        eigenbasis(gram, overwrite=True), lambda doubtful: _product(features, factor, doubtful), _noise(features)
    )
    projected = basis.transposed_times(cross)
    if product is not None:
        projected[: product.shape[1]] = (transposed @ product).T
    kept = basis.values > _noise(features) * basis.values[-1]
    return _right(basis.select(kept), projected[kept])


def spectrum_of_gram(gram: NDArray[np.float64], cross: NDArray[np.float64], n: int) -> Spectrum:
    """Return what F'F (D, D) and F'Y (D, C) alone tell.

    The memory of F'F is reused. Their rounding hides directions with an eigenvalue up to ``max(N, D) * eps`` times
    the largest.
    """
    basis = eigenbasis(gram, overwrite=True)
    kept = basis.values > max(n, len(gram)) * np.finfo(np.float64).eps * basis.values[-1]
    # Of more directions than examples, the surplus is rounding noise whatever its size.
    kept[: max(len(gram) - n, 0)] = False
    basis = basis.select(kept)
    return _right(basis, basis.transposed_times(cross))


def _right(basis: Eigenbasis, projected: NDArray[np.float64]) -> Spectrum:
    return Spectrum(basis.values, projected / np.sqrt(basis.values)[:, None], directions=basis)


def _noise(features: NDArray[Any]) -> float:
    """Return the share of the largest eigenvalue that rounding alone can make, as for an SVD."""
    return float((max(features.shape) * np.finfo(np.float64).eps) ** 2)


def _refined(
    basis: Eigenbasis, product: Callable[[NDArray[np.float64]], NDArray[np.float64]], noise: float
) -> tuple[Eigenbasis, NDArray[np.float64] | None]:
    """Take the smallest eigenpairs of a Gram matrix again, from the product of its factor with them.

    Returns also that product (rows, m) for the first m eigenvectors, or None if nothing was in doubt. Each turn
    resolves eight more decades.
    """
    count = first = int((basis.values < _DOUBTFUL * basis.values[-1]).sum())
    if not first:
        return basis, None
    values, inner = basis.values.copy(), basis.inner.copy()
    reduced = product(basis.times(np.eye(len(values), first)))
    while count and values[count - 1] > noise * values[-1]:
        values[:count], turned = np.linalg.eigh(reduced[:, :count].T @ reduced[:, :count])
        inner[:, :count] = inner[:, :count] @ turned
        reduced[:, :count] = reduced[:, :count] @ turned
        count = int((values[:count] < _DOUBTFUL * values[count - 1]).sum())
    return replace(basis, values=values, inner=inner), reduced


def _product(features: NDArray[Any], factor: float, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``factor * features @ vectors`` in blocks of rows, without a float64 copy of all features."""
    product = np.empty((len(features), vectors.shape[1]))
    for rows, block in float64_blocks(features, factor):
        np.matmul(block, vectors, out=product[rows])
    return product
