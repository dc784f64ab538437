"""Leave-one-out share of explained variance of k nearest neighbours by cosine similarity.

Renggli et al.: Which Model to Transfer? Finding the Needle in the Growing Haystack. CVPR 2022,
https://arxiv.org/abs/2010.06402 (nearest-neighbour proxy), on numbers instead of classes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import by_content, finite_features
from automl_tl.transferability.explained import explained_variance, numeric_targets

__all__ = ["KNearestRegression"]

_MOST_EXAMPLES = 10_000
_CHUNK = 1024
_FEWEST = 3


class KNearestRegression(Scorer):
    """Share of the variance, mean over the targets, that the mean of the nearest other examples explains.

    Embeddings are centred and compared by cosine. A mean of few numbers is noisy, so there are 10 neighbours, of
    few examples fewer: the root of their number.
    """

    name = "knn_regression"
    summary = "leave-one-out share of the variance that the 10 nearest neighbours by cosine explain"
    reference = "Renggli et al., CVPR 2022, nearest-neighbour proxy"
    tasks = ("regression", "multilabel")
    is_accuracy = True
    judges = True
    weight = 1.0
    neighbours = 10

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the share in [0, 1] with the standard error of its terms."""
        features = finite_features(sample)
        targets = numeric_targets(sample, len(features))
        if len(features) < _FEWEST:
            raise ScoreUnavailable(f"{len(features)} examples are too few neighbours", field="features")
        if len(features) > _MOST_EXAMPLES:
            order = by_content(features)
            chosen = np.random.default_rng(sample.seed).choice(len(order), _MOST_EXAMPLES, replace=False)
            kept = order[np.sort(chosen)]
            features, targets = features[kept], targets[kept]
        if (features == features[0]).all():
            raise ScoreUnavailable("every example has the same embedding, so none is nearest", field="features")
        k = max(1, min(self.neighbours, round(len(features) ** 0.5), len(features) - 1))
        return explained_variance(targets, _means(features, targets, k))


def _means(features: NDArray[np.float64], targets: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    """Return the mean target (N, T) of each example's k nearest others; blocks of rows bound the memory."""
    centred = features - features.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    unit = np.divide(centred, lengths, out=np.zeros_like(centred), where=lengths > 0)
    means = np.empty_like(targets)
    for start in range(0, len(unit), _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, len(unit)))
        similarity = unit[rows] @ unit.T
        similarity[np.arange(len(rows)), rows] = -np.inf
        nearest = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
        means[rows] = targets[nearest].mean(axis=1)
    return means


scorers.register(KNearestRegression.name, KNearestRegression())
