"""Eigenvectors of a symmetric matrix, never written down, because only a few products with them are needed.

A symmetric matrix is ``Q T Q'`` with a tridiagonal T, and ``T = Z diag(s) Z'``; its eigenvectors are ``V = QZ``.
Forming V costs as much as finding T. Applying the reflections of Q to C columns costs C/D of that.

Golub and Van Loan: Matrix Computations, 4th edition, sections 8.3.1 (tridiagonalisation) and 8.4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal
from scipy.linalg.lapack import dormqr, dsytrd

__all__ = ["Eigenbasis", "eigenbasis"]

_BLOCK = 64


@dataclass(frozen=True)
class Eigenbasis:
    """Eigenpairs of a symmetric matrix (M, M), eigenvalues ascending.

    Attributes
    ----------
    values
        float64 (k,).
    inner
        Z float64 (M, k): eigenvectors of T.
    reflectors, scales
        Q as LAPACK keeps it: Householder vectors (M - 1, M - 1) and their factors (M - 1,).
    """

    values: NDArray[np.float64]
    inner: NDArray[np.float64]
    reflectors: NDArray[np.float64]
    scales: NDArray[np.float64]

    def times(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ``V columns`` (M, C) for columns (k, C)."""
        return self._reflected("N", self.inner @ columns)

    def transposed_times(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ``V' columns`` (k, C) for columns (M, C)."""
        return np.asarray(self.inner.T @ self._reflected("T", columns))

    def select(self, kept: NDArray[np.bool_]) -> Eigenbasis:
        """Return the eigenpairs marked in ``kept`` (k,)."""
        return replace(self, values=self.values[kept], inner=self.inner[:, kept])

    def _reflected(self, trans: str, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return Q (``N``) or Q' (``T``) times the columns; Q leaves the first coordinate alone."""
        turned = np.array(columns, dtype=np.float64, order="F")
        if len(self.scales) and turned.shape[1]:
            lower = np.asfortranarray(turned[1:])
            work = _BLOCK * max(turned.shape[1], 1)
            turned[1:], _, info = dormqr("L", trans, self.reflectors, self.scales, lower, work, overwrite_c=1)
            _check(info)
        return turned


def eigenbasis(symmetric: NDArray[np.float64], *, overwrite: bool = False) -> Eigenbasis:
    """Return the eigenpairs of a symmetric matrix, whose memory may be reused; raises LinAlgError without them."""
    size = len(symmetric)
    if size == 1:
        empty = np.empty((0, 0))
        return Eigenbasis(symmetric[0].astype(np.float64), np.ones((1, 1)), empty, empty[0:0].ravel())
    # Its own transpose, in the order that LAPACK reads without a copy.
    columns = symmetric.T if symmetric.flags.c_contiguous else symmetric
    packed, diagonal, beside, scales, info = dsytrd(columns, lower=1, lwork=_BLOCK * size, overwrite_a=overwrite)
    _check(info)
    values, inner = eigh_tridiagonal(diagonal, beside, check_finite=False)
    return Eigenbasis(values, inner, np.asfortranarray(packed[1:, :-1]), scales)


def _check(info: int) -> None:
    if info:
        raise np.linalg.LinAlgError(f"LAPACK could not decompose the matrix (info {info})")
