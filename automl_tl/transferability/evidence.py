"""The largest log evidence of linear models, many targets at once, in one dimension instead of two."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.transferability.spectrum import Spectrum

__all__ = ["NOISE_FLOOR", "Evidence", "maximum_evidence"]

NOISE_FLOOR = 1e-10
"""Least share of |y|^2 that is noise: a target inside the span of the embeddings has no largest evidence."""

_REACH_DECADES = 14.0
_GRID_STEP = 0.2
_NEWTON_STEPS = 20
_COLUMNS = 64
_CLOSE = 1e-8


@dataclass(frozen=True)
class Evidence:
    """Per target (C,): maximum log evidence, its ratio t = a/b (infinity: the embeddings are of no use), and b."""

    log_evidence: NDArray[np.float64]
    ratio: NDArray[np.float64]
    noise_precision: NDArray[np.float64]

    def shrunk(self, spectrum: Spectrum) -> NDArray[np.float64]:
        """Return the projections of the posterior mean's predictions (k, C): ``s/(s + t) u'y``."""
        s = spectrum.eigenvalues[:, None]
        return spectrum.projections * (s / (s + self.ratio[None, :]))


def maximum_evidence(spectrum: Spectrum, total: NDArray[np.float64], n: int) -> Evidence:
    """Return the maximum of ``L(t) = -N/2 (ln(2 pi M(t)/N) + 1) - 1/2 sum_i ln(1 + s_i/t)`` for every target.

    ``M(t) = sum_i (u_i'y)^2 t/(s_i + t) + r`` with ``r = |y|^2 - sum_i (u_i'y)^2``, not below the noise floor.

    Parameters
    ----------
    spectrum
        Eigenpairs of FF' with the targets in them.
    total
        ``|y|^2`` of every target (C,), positive.
    n
        Number of examples.
    """
    energy = np.square(spectrum.projections)
    residual = np.maximum(total - energy.sum(axis=0), NOISE_FLOOR * total)
    unused = energy.sum(axis=0) + residual
    nothing = -0.5 * n * (np.log(2 * np.pi * unused / n) + 1)
    if not len(spectrum.eigenvalues):
        return Evidence(nothing, np.full(len(total), np.inf), n / unused)
    profiles = _Profiles(spectrum.eigenvalues, energy, residual, n)
    log_ratio = profiles.start()
    best, misfit = np.empty(len(total)), np.empty(len(total))
    for first in range(0, len(total), _COLUMNS):
        block = slice(first, first + _COLUMNS)
        some = _Profiles(spectrum.eigenvalues, energy[:, block], residual[block], n)
        log_ratio[block] = some.climb(log_ratio[block])
        best[block], misfit[block] = some.heights(log_ratio[block])
    helps = best > nothing
    ratio = np.where(helps, np.exp(log_ratio), np.inf)
    return Evidence(np.maximum(best, nothing), ratio, n / np.where(helps, misfit, unused))


@dataclass(frozen=True)
class _Profiles:
    """L as a function of z = ln t, for C targets at once.

    Attributes
    ----------
    s
        Eigenvalues of FF' (k,).
    energy
        ``(u_i'y)^2`` (k, C).
    residual
        r (C,), positive.
    n
        Number of examples.
    """

    s: NDArray[np.float64]
    energy: NDArray[np.float64]
    residual: NDArray[np.float64]
    n: int

    def start(self) -> NDArray[np.float64]:
        """Return the best z (C,) of a grid, the same for all targets, so that M(t) is one matrix product."""
        reach = _REACH_DECADES * math.log(10.0)
        low, high = math.log(self.s.min()) - reach, math.log(self.s.max()) + reach
        grid = np.linspace(low, high, math.ceil((high - low) / _GRID_STEP) + 1)
        share = 1.0 / (1.0 + self.s[None, :] * np.exp(-grid)[:, None])
        volume = -np.log(share).sum(axis=1)
        heights = -0.5 * self.n * np.log(share @ self.energy + self.residual) - 0.5 * volume[:, None]
        return np.asarray(grid[heights.argmax(axis=0)])

    def climb(self, start: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the top of the hill of the best grid point: Newton's steps, halving where they leave it."""
        place, low, high = start.copy(), start - _GRID_STEP, start + _GRID_STEP
        for _ in range(_NEWTON_STEPS):
            slope, curvature = self.derivatives(place)
            low, high = np.where(slope > 0, place, low), np.where(slope > 0, high, place)
            step = np.divide(-slope, curvature, out=np.zeros_like(slope), where=curvature < 0)
            new = place + step
            new = np.where((curvature < 0) & (new >= low) & (new <= high), new, (low + high) / 2)
            done = np.abs(new - place).max() < _CLOSE
            place = new
            if done:
                break
        return place

    def derivatives(self, z: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return dL/dz and d2L/dz2 of each target at its own z; q = t/(s + t) has dq/dz = q(1 - q)."""
        q = 1.0 / (1.0 + self.s[:, None] * np.exp(-z)[None, :])
        change = q * (1.0 - q)
        shifted = self.energy * change
        misfit = np.einsum("ij,ij->j", self.energy, q) + self.residual
        first = shifted.sum(axis=0) / misfit
        second = (shifted.sum(axis=0) - 2.0 * np.einsum("ij,ij->j", shifted, q)) / misfit
        slope = -0.5 * self.n * first + 0.5 * (len(self.s) - q.sum(axis=0))
        return slope, -0.5 * self.n * (second - np.square(first)) - 0.5 * change.sum(axis=0)

    def heights(self, z: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return L(t) and M(t) of each target at its own z."""
        odds = self.s[:, None] * np.exp(-z)[None, :]
        misfit = (self.energy / (1.0 + odds)).sum(axis=0) + self.residual
        volume = np.log1p(odds).sum(axis=0)
        return -0.5 * self.n * (np.log(2 * np.pi * misfit / self.n) + 1) - 0.5 * volume, misfit
