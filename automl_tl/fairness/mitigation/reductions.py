"""Exponentiated gradient on the head, by fairlearn where it is installed.

Agarwal et al., A Reductions Approach to Fair Classification (ICML 2018), algorithm 1.
"""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import FailedPrecondition
from automl_tl.fairness.mitigation.data import GroupedRows
from automl_tl.fairness.mitigation.remedy_head import RemedyHead

__all__ = ["reductions"]

_CONSTRAINTS = {
    "selection_rate": "DemographicParity",
    "true_positive_rate": "TruePositiveRateParity",
    "false_positive_rate": "FalsePositiveRateParity",
}


def reductions(fit: GroupedRows, rate: str, seed: int = 0) -> RemedyHead:
    """Return the mixture of heads that fairlearn finds, answering with its more probable class.

    The constraint is parity of ``rate`` of class 1, of both error rates where that is accuracy.

    Raises
    ------
    FailedPrecondition
        If fairlearn is not installed.
    """
    if find_spec("fairlearn") is None:
        raise FailedPrecondition("fairlearn is not installed; pip install fairlearn adds it")
    import fairlearn.reductions as fair
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    known = fit.groups >= 0
    scaler = StandardScaler().fit(fit.features[known])
    constraint = getattr(fair, _CONSTRAINTS.get(rate, "EqualizedOdds"))()
    solver = fair.ExponentiatedGradient(LogisticRegression(max_iter=300), constraint, max_iter=30)
    with warnings.catch_warnings():
        # fairlearn writes to pandas in ways that pandas will forbid; nothing that a user could change.
        warnings.simplefilter("ignore")
        solver.fit(scaler.transform(fit.features[known]), fit.labels[known], sensitive_features=fit.groups[known])

    voting = [(solver.predictors_[place], float(vote)) for place, vote in solver.weights_.items() if vote > 0]
    heads = [_raw(estimator, scaler) for estimator, _ in voting]
    votes = np.array([vote for _, vote in voting])
    return RemedyHead(np.stack([head[0] for head in heads]), np.stack([head[1] for head in heads]), votes)


def _raw(estimator: Any, scaler: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return weights (2, D) and biases (2,) of one head for embeddings that are not standardised."""
    if not hasattr(estimator, "coef_"):  # fairlearn answers one class alone where all its costs say so
        always = int(estimator.predict(np.zeros((1, len(scaler.scale_))))[0])
        return np.zeros((2, len(scaler.scale_))), np.array([0.0, 2.0 * always - 1.0])
    weight = estimator.coef_[0] / scaler.scale_
    bias = float(estimator.intercept_[0]) - float(weight @ scaler.mean_)
    return np.stack([np.zeros_like(weight), weight]), np.array([0.0, bias])
