"""LogME for numeric targets: how probable they are under a linear model on the embeddings.

You, Liu, Wang, Long: LogME: Practical Assessment of Pre-trained Models for Transfer Learning. ICML 2021,
https://arxiv.org/abs/2102.11005, equation (2) on the targets themselves.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import finite_features
from automl_tl.transferability.evidence import maximum_evidence
from automl_tl.transferability.spectrum import spectrum_of

__all__ = ["LogMeRegression"]


class LogMeRegression(Scorer):
    """Maximum log evidence per example, averaged over the targets; ``labels`` are numbers, (N,) or (N, T).

    The formula is that of ``logme``. Multiplying a target by c lowers the value of every model by ln c.
    """

    name = "logme_regression"
    summary = "log evidence of numeric targets under a Bayesian linear model on the embeddings"
    reference = "You et al., ICML 2021, eq. 2 (exact also for N < D)"
    opt_in = True

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the mean log evidence per example in nats, with the standard error of its terms."""
        features = finite_features(sample)
        targets = _targets(sample, len(features))
        spectrum = spectrum_of(features, targets.T)
        evidence = maximum_evidence(spectrum, np.square(targets).sum(axis=0), len(features))
        value = float(evidence.log_evidence.mean() / len(features))
        errors = targets - spectrum.fitted(features, 1.0, None, evidence.shrunk(spectrum))
        terms = -0.5 * (np.square(errors) * evidence.noise_precision).mean(axis=1)
        contributions = value + (terms - terms.mean())
        return TransferScore(value, float(terms.std(ddof=1) / math.sqrt(len(terms))), contributions)


def _targets(sample: ProbeSample, n: int) -> NDArray[np.float64]:
    """Return the targets as float64 (N, T); raises ScoreUnavailable."""
    labels = np.asarray(sample.labels)
    if not (np.issubdtype(labels.dtype, np.number) and np.isrealobj(labels)):
        raise ScoreUnavailable(f"labels must be numbers but are {labels.dtype}", field="labels")
    targets = labels.astype(np.float64)
    targets = targets[:, None] if targets.ndim == 1 else targets
    if targets.ndim != 2 or len(targets) != n or not targets.size:
        raise ScoreUnavailable(
            f"labels must have shape ({n},) or ({n}, T) but have {np.shape(sample.labels)}", field="labels"
        )
    if not np.isfinite(targets).all():
        raise ScoreUnavailable("labels must be finite numbers; leave unlabelled rows out", field="labels")
    if (targets == targets[0]).all(axis=0).any():
        raise ScoreUnavailable(
            "a target has the same value for every example; there is nothing to explain", field="labels"
        )
    return targets


scorers.register(LogMeRegression.name, LogMeRegression())
