"""LogME for numeric targets: how probable they are under a linear model on the embeddings.

You, Liu, Wang, Long: LogME: Practical Assessment of Pre-trained Models for Transfer Learning. ICML 2021,
https://arxiv.org/abs/2102.11005, equation (2) on the targets themselves.
"""

from __future__ import annotations

import math

import numpy as np

from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import finite_features
from automl_tl.transferability.evidence import maximum_evidence
from automl_tl.transferability.explained import numeric_targets
from automl_tl.transferability.spectrum import spectrum_of

__all__ = ["LogMeRegression"]


class LogMeRegression(Scorer):
    """Maximum log evidence per example, averaged over the targets; ``labels`` are numbers, (N,) or (N, T).

    The formula is that of ``logme``. Multiplying a target by c lowers the value of every model by ln c.
    """

    name = "logme_regression"
    summary = "log evidence of numeric targets under a Bayesian linear model on the embeddings"
    reference = "You et al., ICML 2021, eq. 2 (exact also for N < D)"
    tasks = ("regression", "multilabel")
    weight = 1.0

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the mean log evidence per example in nats, with the standard error of its terms."""
        features = finite_features(sample)
        targets = numeric_targets(sample, len(features))
        spectrum = spectrum_of(features, targets.T)
        evidence = maximum_evidence(spectrum, np.square(targets).sum(axis=0), len(features))
        value = float(evidence.log_evidence.mean() / len(features))
        errors = targets - spectrum.fitted(features, 1.0, None, evidence.shrunk(spectrum))
        terms = -0.5 * (np.square(errors) * evidence.noise_precision).mean(axis=1)
        contributions = value + (terms - terms.mean())
        return TransferScore(value, float(terms.std(ddof=1) / math.sqrt(len(terms))), contributions)


scorers.register(LogMeRegression.name, LogMeRegression())
