"""Gaussian Bhattacharyya coefficient: how little the classes overlap in the embeddings.

Pandy, Agostinelli, Uijlings, Ferrari, Mensink: Transferability Estimation using Bhattacharyya Class Separability.
CVPR 2022, https://arxiv.org/abs/2111.12780 (definition of GBC, with spherical covariances).
"""

from __future__ import annotations

import numpy as np

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import TransferScore, scorers
from automl_tl.transferability.statistics import StatisticsScorer, SufficientStatistics

__all__ = ["GaussianBhattacharyya"]

_VARIANCE_FLOOR = 1e-4


class GaussianBhattacharyya(StatisticsScorer):
    """``-sum_{c != c'} exp(-DB(c, c'))`` over ordered pairs of classes, each a Gaussian N(m_c, v_c I).

    ``DB = |m_c - m_c'|^2 / (8 v) + D/2 ln(v / sqrt(v_c v_c'))`` with ``v = (v_c + v_c')/2`` is the Bhattacharyya
    distance of two Gaussians (Kailath, IEEE Trans. Communication Technology 1967). The value lies in
    [-C(C - 1), 0], so it compares models on one dataset only. Spherical variances need class moments only. The
    floor of 1e-4 under each v_c is relative to the mean variance of all examples, where the authors' code has an
    absolute one, so that the scale of the embeddings does not matter.
    """

    name = "gbc"
    summary = "minus the overlap of the classes as spherical Gaussians"
    reference = "Pandy et al., CVPR 2022, GBC; Kailath 1967, Bhattacharyya distance"
    opt_in = True

    def score_statistics(self, statistics: SufficientStatistics) -> TransferScore:
        """Return minus the summed overlap; its standard error is not known."""
        size = statistics.dimensions
        overall = float(np.trace(statistics.scatter)) / (statistics.n * size)
        if overall <= (1e-12 * np.abs(statistics.class_means).max()) ** 2:
            raise ScoreUnavailable("every example has the same embedding", field="features")
        variances = statistics.class_spread / (statistics.counts * size)
        variances = np.maximum(variances, _VARIANCE_FLOOR * overall)
        means = statistics.centred_class_means
        lengths = np.square(means).sum(axis=1)
        distances = np.maximum(lengths[:, None] + lengths[None, :] - 2.0 * means @ means.T, 0.0)
        pooled = (variances[:, None] + variances[None, :]) / 2.0
        logs = np.log(variances)
        separation = distances / (8.0 * pooled) + 0.5 * size * (np.log(pooled) - (logs[:, None] + logs) / 2.0)
        overlap = np.exp(-np.maximum(separation, 0.0))
        return TransferScore(float(np.trace(overlap) - overlap.sum()))


scorers.register(GaussianBhattacharyya.name, GaussianBhattacharyya())
