"""LEEP: how well the source head's classes, translated into the target's, predict the labels.

Nguyen, Hassner, Seeger, Archambeau: LEEP: A New Measure to Evaluate Transferability of Learned Representations.
ICML 2020, https://arxiv.org/abs/2002.12462, eq. (2).
"""

from __future__ import annotations

import math

from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import checked_sample
from automl_tl.transferability.source_probabilities import expected_log_likelihood, source_probabilities

__all__ = ["Leep"]


class Leep(Scorer):
    """``1/N sum_i ln sum_z P(y_i|z) theta(x_i)_z`` with ``P(y, z) = 1/N sum_{i: y_i = y} theta(x_i)_z``.

    theta(x)_z is the source head's probability of its class z. Source classes without any mass are left out:
    P(y|z) = 0/0 there makes copied code return NaN. The value is at most 0.
    """

    name = "leep"
    summary = "log expected empirical prediction of the labels from the source head's classes"
    reference = "Nguyen et al., ICML 2020, eq. 2"
    opt_in = True

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the mean log likelihood in nats; raises ScoreUnavailable without a source head."""
        found = checked_sample(sample)
        terms = expected_log_likelihood(source_probabilities(sample), found.classes, found.n_classes)
        return TransferScore(float(terms.mean()), float(terms.std() / math.sqrt(len(terms))), terms)


scorers.register(Leep.name, Leep())
