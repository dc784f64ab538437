"""Frechet distance between the target data and the domain a model was pretrained on.

Dowson and Landau: The Frechet distance between multivariate normal distributions. J. Multivariate Analysis 1982;
as a distance of domains: Heusel, Ramsauer, Unterthiner, Nessler, Hochreiter: GANs Trained by a Two Time-Scale
Update Rule Converge to a Local Nash Equilibrium. NeurIPS 2017, https://arxiv.org/abs/1706.08500, eq. (6).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.similarity.source import compare_with_source

__all__ = ["FrechetSimilarity", "frechet_distance"]


class FrechetSimilarity(Scorer):
    """Minus the Frechet distance to the source fingerprint, in units of the source's total variance.

    ``|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2))``, divided by ``tr S2``: per dimension and per unit of source
    variance, so that models of different width and scale can be compared. Needs no labels. 0 is the best value.
    """

    name = "frechet"
    summary = "closeness of the target data to the model's source domain"
    reference = "Dowson and Landau 1982; Heusel et al., NeurIPS 2017, eq. 6"
    tasks = ()
    weight = 0.25

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return minus the normalised distance; raises ScoreUnavailable without a fingerprint."""
        found = compare_with_source(sample)
        distance = frechet_distance(found.features, found.mean, found.covariance)
        return TransferScore(-distance / found.spread**2)


def frechet_distance(
    features: NDArray[np.float64], mean: NDArray[np.float64], covariance: NDArray[np.float64]
) -> float:
    """Return the squared Frechet distance between the features' moments and another Gaussian.

    Parameters
    ----------
    features
        float64 (N, D); their covariance is taken with 1/N.
    mean, covariance
        float64 (D,) and (D, D), symmetric and positive semi-definite.

    Notes
    -----
    ``tr (S1 S2)^(1/2)`` is the nuclear norm of ``A R`` with ``S1 = A'A`` and ``S2 = R R'``: no matrix square
    root of a product, which is unstable for singular covariances.
    """
    own_mean = features.mean(axis=0)
    scaled = (features - own_mean) / np.sqrt(len(features))
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    # The triangle of a QR decomposition has the same singular values and D rows instead of N.
    factor = np.linalg.qr(scaled, mode="r") if len(scaled) > len(root) else scaled
    overlap = np.linalg.svd(factor @ root, compute_uv=False).sum()
    spread = np.square(scaled).sum() + np.maximum(values, 0.0).sum()
    return max(0.0, float(np.square(own_mean - mean).sum() + spread - 2.0 * overlap))


scorers.register(FrechetSimilarity.name, FrechetSimilarity())
