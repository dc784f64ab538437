"""Divergence of the target's statistics from those that normalisation layers kept of the source data.

Ishii, Sugiyama: Source-free Domain Adaptation via Distributional Alignment by Matching Batch Normalization
Statistics. 2021, https://arxiv.org/abs/2101.10842.
"""

from __future__ import annotations

import numpy as np

from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.similarity.familiarity import checked_familiarity, finite_part

__all__ = ["NormalisationSimilarity"]


class NormalisationSimilarity(Scorer):
    """Minus the mean over layers of ``ln(1 + d)``, d the mean over channels of the divergence from the source.

    A channel's divergence is ``KL(N(m, v) || N(mu, s)) = ((v + (m - mu)^2) / s - 1 - ln(v / s)) / 2`` with the
    target's mean m and variance v before the layer and its running mean mu and variance s. The logarithm keeps
    one layer of dead channels from deciding alone. Needs neither labels nor a fingerprint. 0 is the best value.
    """

    name = "batch_norm"
    summary = "closeness of the data to the running statistics of the model's normalisation layers"
    reference = "Ishii and Sugiyama, 2021"
    tasks = ()
    weight = 0.25
    opt_in = True
    needs_familiarity = True

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return minus the divergence in nats; raises ScoreUnavailable without such layers."""
        layers = finite_part(
            checked_familiarity(sample).batch_norm, lacks="batch normalisation with running statistics"
        )
        return TransferScore(-float(np.log1p(layers).mean()))


scorers.register(NormalisationSimilarity.name, NormalisationSimilarity())
