"""TransRate: mutual information of embeddings and labels, measured by coding rates.

Huang, Huang, Rong, Yang, Wei: Frustratingly Easy Transferability Estimation. ICML 2022,
https://arxiv.org/abs/2106.09362 (definition of TransRate); the coding rate is that of Ma, Derksen, Hong, Wright:
Segmentation of Multivariate Mixed Data via Lossy Data Coding and Compression. IEEE TPAMI 2007.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import labelled_features
from automl_tl.transferability.principal_components import span

__all__ = ["TransRate", "coding_rate"]

_DISTORTION = 1e-4


class TransRate(Scorer):
    """``R(Z) - sum_c N_c/N R(Z_c)`` with ``R(Z) = 1/2 ln det(I + Z'Z/(N eps))``, eps = 1e-4.

    Z are the centred embeddings, scaled to total variance 1: with eps fixed, the published value depends on the
    size of a model's activations. A class counts by its share of the examples; code that is often copied divides
    by the number of classes instead, which is the same for classes of one size. Each determinant is taken of the
    smaller Gram matrix.
    """

    name = "transrate"
    summary = "coding rate of the embeddings minus that within the classes"
    reference = "Huang et al., ICML 2022, TransRate; Ma et al., IEEE TPAMI 2007, coding rate"
    opt_in = True

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the rate in nats, at least 0 up to rounding; its standard error is not known."""
        data = labelled_features(sample)
        centred = span(data.features)
        centred = centred / math.sqrt(float(np.square(centred).sum()) / len(centred))
        order = np.argsort(data.classes, kind="stable")
        parts = np.split(centred[order], np.cumsum(np.bincount(data.classes))[:-1])
        within = sum(len(part) / len(centred) * coding_rate(part) for part in parts)
        return TransferScore(float(coding_rate(centred) - within))


def coding_rate(features: NDArray[np.float64], distortion: float = _DISTORTION) -> float:
    """Return ``1/2 ln det(I + Z'Z/(N eps))`` in nats of Z (N, D)."""
    n, size = features.shape
    gram = features @ features.T if n < size else features.T @ features
    gram /= n * distortion
    gram.flat[:: len(gram) + 1] += 1.0
    return float(np.log(np.diag(np.linalg.cholesky(gram))).sum())


scorers.register(TransRate.name, TransRate())
