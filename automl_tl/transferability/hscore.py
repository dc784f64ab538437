"""H-score with a shrunk covariance: how much of the embeddings' variance the classes explain.

Bao et al.: An Information-Theoretic Approach to Transferability in Task Transfer Learning. ICIP 2019, eq. (2);
shrinkage after Ibrahim, Ponomareva, Mazumder: Newer is not always better: Rethinking transferability metrics.
ECML PKDD 2022, https://arxiv.org/abs/2110.06893, eq. (7).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import labelled_features

__all__ = ["HScore", "ledoit_wolf_shrinkage"]


class HScore(Scorer):
    """``tr(cov_a^-1 (1 - a) cov_between)`` with ``cov_a = (1 - a) cov + a mu I``, a by Ledoit and Wolf.

    ``cov_between`` is the covariance of the class means, weighted by class size. The value lies in
    [0, min(C - 1, D)]; without shrinkage it would be C - 1 for every model once N <= D.
    """

    name = "hscore"
    summary = "shrunk H-score: variance of the embeddings explained by the classes"
    reference = "Bao et al., ICIP 2019, eq. 2; Ibrahim et al., ECML PKDD 2022, eq. 7"
    weight = 0.5

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the shrunk H-score; its standard error is not known."""
        data = labelled_features(sample)
        centred = data.features - data.features.mean(axis=0)
        n, d = centred.shape
        covariance = centred.T @ centred / n
        mean_variance = float(np.trace(covariance)) / d
        if mean_variance <= (1e-12 * np.abs(data.features).max()) ** 2:
            raise ScoreUnavailable("every example has the same embedding", field="features")
        shrinkage = ledoit_wolf_shrinkage(centred, covariance)
        shrunk = (1 - shrinkage) * covariance
        # Rounding may leave a singular matrix where nothing is shrunk; the ridge is far below any real variance.
        shrunk.flat[:: d + 1] += max(shrinkage, d * np.finfo(np.float64).eps) * mean_variance
        one_hot = data.one_hot()
        counts = one_hot.sum(axis=0)
        means = (one_hot.T @ centred) / counts[:, None]
        factor = np.linalg.cholesky(shrunk)
        whitened = np.linalg.solve(factor, (means * np.sqrt(counts / n)[:, None]).T)
        return TransferScore(float((1 - shrinkage) * np.square(whitened).sum()))


def ledoit_wolf_shrinkage(centred: NDArray[np.float64], covariance: NDArray[np.float64]) -> float:
    """Return the Ledoit-Wolf shrinkage intensity in [0, 1].

    ``min(b, d) / d`` with ``d = |S - mu I|^2`` and ``b = (sum_i |x_i|^4 / N - |S|^2) / N``; O(N D).
    """
    n, size = centred.shape
    mean_variance = np.trace(covariance) / size
    distance = float(np.square(covariance).sum() - size * mean_variance**2)
    fourth = float(np.square(np.square(centred).sum(axis=1)).sum()) / n
    spread = (fourth - float(np.square(covariance).sum())) / n
    if distance <= 0:
        return 1.0 if size > 1 else 0.0
    return float(np.clip(spread / distance, 0.0, 1.0))


scorers.register(HScore.name, HScore())
