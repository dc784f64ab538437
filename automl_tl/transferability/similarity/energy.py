"""Free energy of the source head: how strongly any source class answers to the target data.

Liu, Wang, Owens, Li: Energy-based Out-of-distribution Detection. NeurIPS 2020, https://arxiv.org/abs/2010.03759.
"""

from __future__ import annotations

import math

from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.similarity.familiarity import checked_familiarity, finite_part

__all__ = ["EnergySimilarity"]


class EnergySimilarity(Scorer):
    """Mean of ``ln sum_z exp(g_z(x)) - ln Z``: minus the energy at temperature 1, per source class.

    g are the logits of the Z source classes. Heads that were trained with another loss or temperature have another
    scale of logits, so compare models of one kind. Needs neither labels nor a fingerprint.
    """

    name = "energy"
    summary = "strength of the source head's answers to the data (minus the free energy)"
    reference = "Liu et al., NeurIPS 2020"
    tasks = ()
    weight = 0.25
    opt_in = True
    needs_familiarity = True

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return minus the mean energy in nats; raises ScoreUnavailable without a source head."""
        values = finite_part(checked_familiarity(sample).negative_energy, lacks="source head")
        return TransferScore(float(values.mean()), float(values.std() / math.sqrt(len(values))), values)


scorers.register(EnergySimilarity.name, EnergySimilarity())
