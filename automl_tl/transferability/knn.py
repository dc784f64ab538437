"""Leave-one-out k-nearest-neighbour accuracy by cosine similarity.

Renggli et al.: Which Model to Transfer? Finding the Needle in the Growing Haystack. CVPR 2022,
https://arxiv.org/abs/2010.06402 (task-aware search by a nearest-neighbour proxy).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import labelled_features

__all__ = ["KNearestNeighbours", "leave_one_out_votes"]

_MOST_EXAMPLES = 10_000
_CHUNK = 1024


class KNearestNeighbours(Scorer):
    """Share of examples whose nearest neighbours vote for their class.

    Embeddings are centred, then compared by cosine: ``cos(f_i, f_j) = f_i.f_j / |f_i||f_j|``; example i is
    predicted by its ``neighbours`` most similar other examples, ties going to the larger summed similarity.
    More than 10,000 examples are thinned to a seeded random sample of that size.
    """

    name = "knn"
    summary = "leave-one-out accuracy of the 5 nearest neighbours by cosine"
    reference = "Renggli et al., CVPR 2022, nearest-neighbour proxy"
    is_accuracy = True
    judges = True
    weight = 1.0
    neighbours = 5

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the accuracy in [0, 1] with its binomial standard error."""
        data = labelled_features(sample)
        features, classes = data.features, data.classes
        if len(features) > _MOST_EXAMPLES:
            kept = np.sort(np.random.default_rng(sample.seed).choice(len(features), _MOST_EXAMPLES, replace=False))
            features, classes = features[kept], classes[kept]
        if (features == features[0]).all():
            raise ScoreUnavailable("every example has the same embedding, so none is nearest", field="features")
        predicted = leave_one_out_votes(features, classes, data.n_classes, self.neighbours)
        right = (predicted == classes).astype(np.float64)
        return TransferScore(float(right.mean()), float(right.std() / math.sqrt(len(right))), right)


def leave_one_out_votes(
    features: NDArray[np.float64], classes: NDArray[np.int64], n_classes: int, neighbours: int
) -> NDArray[np.int64]:
    """Return the class (N,) that the nearest other examples vote for; blocks of rows bound the memory."""
    centred = features - features.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    unit = np.divide(centred, lengths, out=np.zeros_like(centred), where=lengths > 0)
    k = min(neighbours, len(unit) - 1)
    votes = [
        _block_votes(unit, classes, n_classes, k, np.arange(start, min(start + _CHUNK, len(unit))))
        for start in range(0, len(unit), _CHUNK)
    ]
    return np.concatenate(votes)


def _block_votes(
    unit: NDArray[np.float64], classes: NDArray[np.int64], n_classes: int, k: int, rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    similarity = unit[rows] @ unit.T
    similarity[np.arange(len(rows)), rows] = -np.inf
    nearest = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
    strength = np.take_along_axis(similarity, nearest, axis=1)
    tally = np.zeros((len(rows), n_classes))
    # One vote outweighs any sum of similarities, which only breaks ties.
    ballot = 1.0 + (strength + 1.0) / (4.0 * k)
    np.add.at(tally, (np.arange(len(rows))[:, None], classes[nearest]), ballot)
    return tally.argmax(axis=1)


scorers.register(KNearestNeighbours.name, KNearestNeighbours())
