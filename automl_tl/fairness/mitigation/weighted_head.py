"""A softmax regression with a weight per row: what reweighing and the group-DRO head are made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

from automl_tl.one_thread import on_one_thread

__all__ = ["WeightedHead", "fit_weighted_head", "row_losses"]

Floats = NDArray[np.float64]

_ITERATIONS = 200


class WeightedHead:
    """A linear head on standardised embeddings.

    Parameters
    ----------
    mean, scale
        float64 (D,).
    weight
        float64 (D + 1, C); the last row is the bias.
    """

    def __init__(self, mean: Floats, scale: Floats, weight: Floats) -> None:
        self.mean, self.scale, self.weight = mean, scale, weight

    def log_chances(self, features: NDArray[np.floating]) -> Floats:
        """Return the logarithms of class probabilities, float64 (N, C)."""
        standardised = (np.asarray(features, dtype=np.float64) - self.mean) / self.scale
        return np.asarray(log_softmax(standardised @ self.weight[:-1] + self.weight[-1], axis=1))

    def raw(self) -> tuple[Floats, Floats]:
        """Return weights (C, D) and biases (C,) for embeddings that are not standardised."""
        weight = (self.weight[:-1] / self.scale[:, None]).T
        return weight, self.weight[-1] - weight @ self.mean

    def answers(self, features: NDArray[np.floating]) -> NDArray[np.int64]:
        """Return the most probable class of each row, int64 (N,)."""
        return np.asarray(self.log_chances(features).argmax(axis=1), dtype=np.int64)


def fit_weighted_head(
    features: NDArray[np.floating],
    labels: NDArray[np.int64],
    n_classes: int,
    row_weights: NDArray[np.floating],
    *,
    penalty: float = 1.0,
    start: WeightedHead | None = None,
) -> WeightedHead:
    """Minimise weighted log loss plus ``penalty / 2`` times the squared weights, with L-BFGS.

    Parameters
    ----------
    row_weights
        float (N,), at least 0; they are scaled to add up to N.
    penalty
        1 is scikit-learn's C = 1.
    start
        Head to begin from; must be of the same features.
    """
    exact = np.asarray(features, dtype=np.float64)
    mean, scale = exact.mean(axis=0), exact.std(axis=0)
    scale = np.where(scale > 1e-6 * max(float(scale.max(initial=0.0)), 1e-30), scale, np.inf)
    if start is not None:
        mean, scale = start.mean, start.scale
    design = np.concatenate([(exact - mean) / scale, np.ones((len(exact), 1))], axis=1)
    weights = np.asarray(row_weights, dtype=np.float64)
    weights = weights * len(weights) / max(float(weights.sum()), 1e-12)
    hot = (labels[:, None] == np.arange(n_classes)).astype(np.float64)
    shape = (design.shape[1], n_classes)
    ridge = np.full((design.shape[1], 1), penalty)
    ridge[-1] = 1e-6

    def loss(flat: Floats) -> tuple[float, Floats]:
        table = flat.reshape(shape)
        logs = log_softmax(design @ table, axis=1)
        value = -float((weights[:, None] * hot * logs).sum()) + 0.5 * float((ridge * table**2).sum())
        slope = design.T @ (weights[:, None] * (np.exp(logs) - hot)) + ridge * table
        return value, slope.ravel()

    first = np.zeros(shape) if start is None else start.weight
    with on_one_thread():
        found = minimize(loss, first.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS})
    return WeightedHead(mean, scale, found.x.reshape(shape))


def row_losses(head: WeightedHead, features: NDArray[np.floating], labels: NDArray[np.int64]) -> Floats:
    """Return the log loss of each row, float64 (N,)."""
    return np.asarray(-head.log_chances(features)[np.arange(len(labels)), labels])
