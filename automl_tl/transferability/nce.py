"""Negative conditional entropy of the labels given the source head's most probable class.

Tran, Nguyen, Hassner: Transferability and Hardness of Supervised Classification Tasks. ICCV 2019,
https://arxiv.org/abs/1908.08142, definition of the conditional entropy H(Y|Z) and theorem 1.
"""

from __future__ import annotations

import math

import numpy as np

from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import checked_sample
from automl_tl.transferability.source_probabilities import expected_log_likelihood, source_probabilities

__all__ = ["NegativeConditionalEntropy"]


class NegativeConditionalEntropy(Scorer):
    """``-H(Y|Z) = sum_{y,z} P(y, z) ln P(y|z)`` with z the source class of largest probability.

    Pairs that do not occur contribute nothing (0 ln 0 = 0), so no constant is added inside the logarithm. The
    value lies in [-ln C, 0].
    """

    name = "nce"
    summary = "minus the entropy of the labels given the source head's most probable class"
    reference = "Tran et al., ICCV 2019, theorem 1"
    opt_in = True

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return minus the conditional entropy in nats; raises ScoreUnavailable without a source head."""
        found = checked_sample(sample)
        names, assigned = np.unique(source_probabilities(sample).argmax(axis=1), return_inverse=True)
        # For a one-hot theta the likelihood inside LEEP's logarithm is P(y_i|z_i) itself.
        terms = expected_log_likelihood(np.eye(len(names))[assigned], found.classes, found.n_classes)
        return TransferScore(float(terms.mean()), float(terms.std() / math.sqrt(len(terms))), terms)


scorers.register(NegativeConditionalEntropy.name, NegativeConditionalEntropy())
