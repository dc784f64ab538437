"""H-score with a shrunk covariance: how much of the embeddings' variance the classes explain.

Bao et al.: An Information-Theoretic Approach to Transferability in Task Transfer Learning. ICIP 2019 (H-score);
shrinkage after Ibrahim, Ponomareva, Mazumder: Newer is not always better: Rethinking transferability metrics.
ECML PKDD 2022, https://arxiv.org/abs/2110.06893 (shrinkage-based H-score).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import TransferScore, scorers
from automl_tl.transferability.statistics import StatisticsScorer, SufficientStatistics

__all__ = ["HScore", "ledoit_wolf_shrinkage", "shrunk_covariance"]


class HScore(StatisticsScorer):
    """``tr(cov_a^-1 (1 - a) cov_between)`` with ``cov_a = (1 - a) cov + a mu I``, a by Ledoit and Wolf.

    ``cov_between`` is the covariance of the class means, weighted by class size. The value lies in
    [0, min(C - 1, D)]; without shrinkage it would be C - 1 for every model once N <= D.
    """

    name = "hscore"
    summary = "shrunk H-score: variance of the embeddings explained by the classes"
    reference = "Bao et al., ICIP 2019, H-score; Ibrahim et al., ECML PKDD 2022, shrinkage-based H-score"
    weight = 0.5

    def score_statistics(self, statistics: SufficientStatistics) -> TransferScore:
        """Return the shrunk H-score; its standard error is not known."""
        shrunk, shrinkage = shrunk_covariance(statistics)
        means = statistics.centred_class_means * np.sqrt(statistics.counts / statistics.n)[:, None]
        factor = cho_factor(shrunk, overwrite_a=True, check_finite=False)
        solved = cho_solve(factor, means.T, check_finite=False)
        return TransferScore(float((1 - shrinkage) * np.einsum("cd,dc->", means, solved)))


def shrunk_covariance(statistics: SufficientStatistics) -> tuple[NDArray[np.float64], float]:
    """Return ``(1 - a) cov + a mu I`` and a; raises ScoreUnavailable if every embedding is the same."""
    n, size = statistics.n, statistics.dimensions
    mean_variance = float(np.trace(statistics.scatter)) / (n * size)
    if mean_variance <= (1e-12 * np.abs(statistics.class_means).max()) ** 2:
        raise ScoreUnavailable("every example has the same embedding", field="features")
    shrinkage = ledoit_wolf_shrinkage(statistics.scatter, statistics.fourth, n, size)
    shrunk = statistics.scatter * ((1 - shrinkage) / n)
    # Rounding may leave a singular matrix where nothing is shrunk; the ridge is far below any real variance.
    shrunk.flat[:: len(shrunk) + 1] += max(shrinkage, size * np.finfo(np.float64).eps) * mean_variance
    return shrunk, shrinkage


def ledoit_wolf_shrinkage(scatter: NDArray[np.float64], fourth: float, n: int, size: int) -> float:
    """Return the Ledoit-Wolf shrinkage intensity in [0, 1].

    ``min(b, d) / d`` with ``S = scatter / N``, ``d = |S - mu I|^2`` and ``b = (sum_i |x_i|^4 / N - |S|^2) / N``
    (A well-conditioned estimator for large-dimensional covariance matrices, J. Multivariate Analysis 2004, its
    consistent estimator); O(N D).

    Parameters
    ----------
    scatter
        float64 (D, D): ``sum_i x_i x_i'`` of the centred examples.
    fourth
        ``sum_i |x_i|^4``.
    n
        Number of examples.
    size
        Dimensions D; the scatter may be that of fewer coordinates, in which the examples lie.
    """
    mean_variance = np.trace(scatter) / n / size
    squared = float(np.einsum("ij,ij->", scatter, scatter)) / n**2
    distance = squared - size * mean_variance**2
    if distance <= 0:
        return 1.0 if size > 1 else 0.0
    return float(np.clip((fourth / n - squared) / n / distance, 0.0, 1.0))


scorers.register(HScore.name, HScore())
