"""A Gaussian process over configurations with one length scale per factor (automatic relevance determination).

Rasmussen & Williams, Gaussian Processes for Machine Learning (MIT Press 2006): regression equation 2.25, marginal
likelihood 5.8 with its gradient 5.9, ARD section 5.1. The kernel is a product over all factors plus a sum of
single ones (Duvenaud, Nickisch, Rasmussen, Additive Gaussian Processes, NeurIPS 2011): most of what
hyperparameters do they do by themselves, and thirty trials show that sooner than any interaction. All parameters
have log-normal priors, without which thirty trials of a dozen factors are fitted by chance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.optimize import minimize

from automl_tl.choice.product_game import Terms
from automl_tl.choice.table import TrialTable

__all__ = ["GaussianProcess", "fit_gaussian_process"]

Floats = NDArray[np.float64]
_LENGTH, _LENGTH_SPREAD = 0.0, 1.0
_PRODUCT, _PRODUCT_SPREAD = math.log(0.3), 1.0
_SINGLE_SPREAD = 1.5
_NOISE, _NOISE_SPREAD = math.log(0.05), 1.5
_BOUNDS = (-7.0, 7.0)
_JITTER = 1e-8


@dataclass(frozen=True)
class GaussianProcess:
    """A fitted process.

    ``theta`` holds the logarithms of the product's variance, the noise's, the length scales (one per factor, one
    for how long a trial trained) and the single factors' variances in the same order; ``solved`` are the weights
    (N,) of the training points, in units of ``scale``.
    """

    table: TrialTable
    theta: Floats
    solved: Floats
    mean: float
    scale: float

    def predict(self, table: TrialTable, trained: Floats) -> Floats:
        """Return the expected merits of configurations trained for these shares of a full run."""
        product, single = _signals(self.theta, _distances(table, trained, self.table))
        return self.mean + self.scale * ((product + single.sum(axis=0)) @ self.solved)

    def terms(self, table: TrialTable) -> Terms:
        """Return the process, less its mean, on fully trained configurations as a sum of products.

        The product over all factors is a term for each training point. What a factor does alone is linear in its
        likeness to all of them, so that one term per factor holds their sum.
        """
        ones, count = np.ones(len(table.trials)), len(table.factors)
        lengths, variances = _parted(self.theta)
        precision = np.exp(-2 * lengths)[:, None, None]
        likeness = np.exp(-0.5 * precision * _distances(table, ones, self.table))
        missing = replace(table.rows([0]), encoded=table.absent[None])
        absent = np.exp(-0.5 * precision * _distances(missing, ones[:1], self.table))[:-1, 0]
        values = np.transpose(likeness[:-1], (1, 0, 2))
        alone, gone = np.ones((len(values), count, count + 1)), np.ones((count, count + 1))
        for place in range(count):
            alone[:, place, place] = values[:, place] @ self.solved
            gone[place, place] = absent[place] @ self.solved
        weights = [
            math.exp(self.theta[0]) * likeness[-1, 0] * self.solved,
            np.exp(variances[:-1]),
            [math.exp(variances[-1]) * float(likeness[-1, 0] @ self.solved)],
        ]
        return Terms(
            self.scale * np.concatenate(weights),
            np.concatenate([values, alone], axis=2),
            np.concatenate([absent, gone], axis=1),
        )


def fit_gaussian_process(table: TrialTable, start: Floats | None = None, steps: int = 60) -> GaussianProcess:
    """Fit by the posterior mode of the process's parameters.

    Parameters
    ----------
    start
        Parameters to begin with, such as those of a table with one trial more; None tries two beginnings.
    steps
        The most steps of the optimiser.
    """
    mean, scale = float(table.merits.mean()), float(table.merits.std()) or 1.0
    targets = (table.merits - mean) / scale
    squares = _distances(table, table.trained, table)
    prior = _prior(len(squares))
    begin = [prior[0], _shorter(prior[0])] if start is None else [start]
    found = [
        minimize(
            _objective,
            first,
            args=(squares, targets, *prior),
            jac=True,
            method="L-BFGS-B",
            bounds=[_BOUNDS] * len(first),
            options={"maxiter": steps},
        )
        for first in begin
    ]
    theta = np.asarray(min(found, key=lambda each: float(each.fun)).x, dtype=np.float64)
    factor = cho_factor(_covariance(theta, squares), lower=True)
    return GaussianProcess(table, theta, np.asarray(cho_solve(factor, targets)), mean, scale)


def _prior(dimensions: int) -> tuple[Floats, Floats]:
    lengths = np.full(dimensions, _LENGTH), np.full(dimensions, _LENGTH_SPREAD)
    singles = np.full(dimensions, -math.log(dimensions)), np.full(dimensions, _SINGLE_SPREAD)
    first = np.array([_PRODUCT, _NOISE]), np.array([_PRODUCT_SPREAD, _NOISE_SPREAD])
    return np.concatenate([first[0], lengths[0], singles[0]]), np.concatenate([first[1], lengths[1], singles[1]])


def _shorter(theta: Floats) -> Floats:
    shorter = theta.copy()
    shorter[2 : 2 + _dimensions(theta)] -= 1.0
    return shorter


def _objective(
    theta: Floats, squares: Floats, targets: Floats, centre: Floats, spread: Floats
) -> tuple[float, Floats]:
    """Return minus the log posterior of the parameters and its gradient."""
    product, single = _signals(theta, squares)
    covariance = _with_noise(theta, product + single.sum(axis=0))
    try:
        factor = cho_factor(covariance, lower=True)
    except LinAlgError:
        return 1e10, np.zeros_like(theta)
    solved = cho_solve(factor, targets)
    off = (theta - centre) / spread
    value = 0.5 * targets @ solved + np.log(np.diag(factor[0])).sum() + 0.5 * off @ off
    inner = cho_solve(factor, np.eye(len(targets))) - np.outer(solved, solved)
    gradient = off / spread
    gradient[0] += 0.5 * (inner * product).sum()
    gradient[1] += 0.5 * math.exp(theta[1]) * np.trace(inner)
    lengths, _ = _parted(theta)
    moved = inner * (product + single)
    gradient[2 : 2 + len(lengths)] += 0.5 * np.exp(-2 * lengths) * np.einsum("gij,gij->g", moved, squares)
    gradient[2 + len(lengths) :] += 0.5 * np.einsum("ij,gij->g", inner, single)
    return float(value), gradient


def _covariance(theta: Floats, squares: Floats) -> Floats:
    product, single = _signals(theta, squares)
    return _with_noise(theta, product + single.sum(axis=0))


def _with_noise(theta: Floats, signal: Floats) -> Floats:
    return signal + (math.exp(theta[1]) + _JITTER) * np.eye(len(signal))


def _signals(theta: Floats, squares: Floats) -> tuple[Floats, Floats]:
    """Return the product's covariances (N, M) and each single factor's (F + 1, N, M)."""
    lengths, variances = _parted(theta)
    exponents = np.exp(-2 * lengths)[:, None, None] * squares
    single = np.exp(variances)[:, None, None] * np.exp(-0.5 * exponents)
    return math.exp(theta[0]) * np.exp(-0.5 * exponents.sum(axis=0)), single


def _parted(theta: Floats) -> tuple[Floats, Floats]:
    """Return the logarithms of length scales and of the single factors' variances."""
    middle = 2 + _dimensions(theta)
    return theta[2:middle], theta[middle:]


def _dimensions(theta: Floats) -> int:
    return (len(theta) - 2) // 2


def _distances(table: TrialTable, trained: Floats, other: TrialTable) -> Floats:
    """Return squared distances (F + 1, N, M) by factor, the last by how long trials trained."""
    blocks = [
        ((table.encoded[:, None, f.start : f.stop] - other.encoded[None, :, f.start : f.stop]) ** 2).sum(axis=2)
        for f in table.factors
    ]
    return np.stack([*blocks, (trained[:, None] - other.trained[None]) ** 2])
