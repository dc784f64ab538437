"""A Gaussian process over configurations with one length scale per factor (automatic relevance determination).

Rasmussen & Williams, Gaussian Processes for Machine Learning (MIT Press 2006): regression equation 2.25, marginal
likelihood 5.8 with its gradient 5.9, ARD section 5.1. Length scales have a log-normal prior that grows with the
number of factors (Hvarfner, Hellsten, Nardi, Vanilla Bayesian Optimization Performs Great in High Dimensions, ICML
2024, section 4), without which thirty trials of a dozen factors are fitted by chance.
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
_SCALE_SPREAD = math.sqrt(3.0)
_NOISE, _NOISE_SPREAD = math.log(0.05), 1.5
_BOUNDS = (-7.0, 7.0)
_JITTER = 1e-8


@dataclass(frozen=True)
class GaussianProcess:
    """A fitted process.

    ``theta`` holds the logarithms of signal variance, noise variance and length scales (one per factor, one for
    how long a trial trained); ``solved`` are the weights (N,) of the training points, in units of ``scale``.
    """

    table: TrialTable
    theta: Floats
    solved: Floats
    mean: float
    scale: float

    def predict(self, table: TrialTable, trained: Floats) -> Floats:
        """Return the expected merits of configurations trained for these shares of a full run."""
        exponents = np.einsum("g,gij->ij", np.exp(-2 * self.theta[2:]), _distances(table, trained, self.table))
        return self.mean + self.scale * math.exp(self.theta[0]) * (np.exp(-0.5 * exponents) @ self.solved)

    def terms(self, table: TrialTable) -> Terms:
        """Return the process, less its mean, on fully trained configurations as a sum over training points."""
        ones = np.ones(len(table.trials))
        precision = np.exp(-2 * self.theta[2:])[:, None, None]
        likeness = np.exp(-0.5 * precision * _distances(table, ones, self.table))
        missing = replace(table.rows([0]), encoded=table.absent[None])
        absent = np.exp(-0.5 * precision * _distances(missing, ones[:1], self.table))
        weights = self.scale * math.exp(self.theta[0]) * self.solved * likeness[-1, 0]
        return Terms(weights, np.transpose(likeness[:-1], (1, 0, 2)), absent[:-1, 0])


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
    factor = cho_factor(_covariance(theta, squares)[0], lower=True)
    return GaussianProcess(table, theta, np.asarray(cho_solve(factor, targets)), mean, scale)


def _prior(dimensions: int) -> tuple[Floats, Floats]:
    centre = np.full(dimensions + 2, 0.5 * math.log(dimensions))
    spread = np.full(dimensions + 2, _SCALE_SPREAD)
    centre[:2], spread[:2] = (0.0, _NOISE), (1.0, _NOISE_SPREAD)
    return centre, spread


def _shorter(theta: Floats) -> Floats:
    shorter = theta.copy()
    shorter[2:] -= 1.0
    return shorter


def _objective(
    theta: Floats, squares: Floats, targets: Floats, centre: Floats, spread: Floats
) -> tuple[float, Floats]:
    """Return minus the log posterior of the parameters and its gradient."""
    covariance, signal = _covariance(theta, squares)
    try:
        factor = cho_factor(covariance, lower=True)
    except LinAlgError:
        return 1e10, np.zeros_like(theta)
    solved = cho_solve(factor, targets)
    off = (theta - centre) / spread
    value = 0.5 * targets @ solved + np.log(np.diag(factor[0])).sum() + 0.5 * off @ off
    inner = cho_solve(factor, np.eye(len(targets))) - np.outer(solved, solved)
    gradient = off / spread
    weighted = inner * signal
    gradient[0] += 0.5 * weighted.sum()
    gradient[1] += 0.5 * math.exp(theta[1]) * np.trace(inner)
    gradient[2:] += 0.5 * np.exp(-2 * theta[2:]) * np.einsum("ij,gij->g", weighted, squares)
    return float(value), gradient


def _covariance(theta: Floats, squares: Floats) -> tuple[Floats, Floats]:
    exponents = np.tensordot(np.exp(-2 * theta[2:]), squares, axes=1)
    signal = math.exp(theta[0]) * np.exp(-0.5 * exponents)
    return signal + (math.exp(theta[1]) + _JITTER) * np.eye(len(signal)), signal


def _distances(table: TrialTable, trained: Floats, other: TrialTable) -> Floats:
    """Return squared distances (F + 1, N, M) by factor, the last by how long trials trained."""
    blocks = [
        ((table.encoded[:, None, f.start : f.stop] - other.encoded[None, :, f.start : f.stop]) ** 2).sum(axis=2)
        for f in table.factors
    ]
    return np.stack([*blocks, (trained[:, None] - other.trained[None]) ** 2])
