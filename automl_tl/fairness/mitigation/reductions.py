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
from automl_tl.fairness.mitigation.data import GroupedRows, Predictor

__all__ = ["reductions"]

_CONSTRAINTS = {
    "selection_rate": "DemographicParity",
    "true_positive_rate": "TruePositiveRateParity",
    "false_positive_rate": "FalsePositiveRateParity",
}


def reductions(fit: GroupedRows, rate: str, seed: int = 0) -> Predictor:
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

    def answer(rows: GroupedRows) -> NDArray[np.int64]:
        chances: Any = solver._pmf_predict(scaler.transform(rows.features))
        return np.asarray(chances[:, 1] >= 0.5, dtype=np.int64)

    return answer
