"""Entropy of the source head: how decided it is about the target data.

Grandvalet, Bengio: Semi-supervised Learning by Entropy Minimization. NIPS 2004 (entropy of the predictions as a
measure of class overlap that needs no labels).
"""

from __future__ import annotations

import math

import numpy as np

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import finite_features
from automl_tl.transferability.source_probabilities import source_probabilities

__all__ = ["EntropySimilarity"]


class EntropySimilarity(Scorer):
    """Mean of ``sum_z p_z ln p_z / ln Z``: minus the entropy of the source head's answer, in [-1, 0].

    Z counts the source classes, dead ones included; 0 ln 0 = 0. Needs neither labels nor a fingerprint. A decided
    head is no proof: networks can be sure of what they never saw.
    """

    name = "entropy"
    summary = "decidedness of the source head about the data (minus the normalised entropy)"
    reference = "Grandvalet and Bengio, NIPS 2004"
    tasks = ()
    weight = 0.25
    opt_in = True

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return minus the normalised entropy; raises ScoreUnavailable without a source head of two classes."""
        finite_features(sample)
        probs = source_probabilities(sample)
        classes = 0 if sample.source_probs is None else sample.source_probs.shape[1]
        if classes < 2:
            raise ScoreUnavailable("not applicable: the source head has a single class", field="source_probs")
        logarithms = np.log(probs, out=np.zeros_like(probs), where=probs > 0)
        values = (probs * logarithms).sum(axis=1) / math.log(classes)
        return TransferScore(float(values.mean()), float(values.std() / math.sqrt(len(values))), values)


scorers.register(EntropySimilarity.name, EntropySimilarity())
