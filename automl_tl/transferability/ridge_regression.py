"""Leave-one-out share of explained variance of ridge regression, in closed form.

Allen: The Relationship between Variable Selection and Data Augmentation and a Method for Prediction. Technometrics
1974 (prediction sum of squares).
"""

from __future__ import annotations

import numpy as np

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import finite_features
from automl_tl.transferability.explained import explained_variance, numeric_targets
from automl_tl.transferability.linear_probe import standardise
from automl_tl.transferability.ridge_probe import ridge_leave_one_out

__all__ = ["RidgeRegression"]

_PENALTIES = 10.0 ** np.arange(-3.0, 2.5, 0.5)


class RidgeRegression(Scorer):
    """Share of the variance, mean over the targets, that ridge regression fitted to all other examples explains.

    Labels are numbers (N,) or indicators (N, L) of several labels. The penalty, relative to the mean eigenvalue of
    the standardised embeddings' Gram matrix, is the one of 11 with the least error.
    """

    name = "ridge_regression"
    summary = "leave-one-out share of the variance that ridge regression on the embeddings explains"
    reference = "Allen, Technometrics 1974, PRESS"
    tasks = ("regression", "multilabel")
    is_accuracy = True
    judges = True
    weight = 3.0

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the share in [0, 1] with the standard error of its terms."""
        features = standardise(finite_features(sample))
        targets = numeric_targets(sample, len(features))
        if not features.any():
            raise ScoreUnavailable("every example has the same embedding", field="features")
        targets = (targets - targets.mean(axis=0)) / targets.std(axis=0)
        unit = float(np.square(features).sum()) / min(features.shape)
        tried = [ridge_leave_one_out(features, targets, each * unit) for each in _PENALTIES[::-1]]
        best = min(tried, key=lambda predicted: float(np.square(targets - predicted).sum()))
        return explained_variance(targets, best)


scorers.register(RidgeRegression.name, RidgeRegression())
