"""PARC: whether examples that differ in their labels differ in their embeddings.

Bolya, Mittapalli, Hoffman: Scalable Diverse Model Selection for Accessible Transfer Learning. NeurIPS 2021,
https://arxiv.org/abs/2111.06977 (definition of PARC, pairwise annotation representation comparison).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import by_content, labelled_features
from automl_tl.transferability.principal_components import principal_components

__all__ = ["Parc"]

_DIMENSIONS = 32
_MOST_EXAMPLES = 1500


class Parc(Scorer):
    """``100 spearman(1 - corr(f_i, f_j), 1 - corr(y_i, y_j))`` over all pairs i < j, y one-hot.

    The embeddings enter by their 32 leading principal components. The authors' code also divides each component by
    its standard deviation, which is left out here: it gives noise the weight of signal, and with up to 33 examples
    it makes all of them about equally far apart. One-hot labels know only two distances, same and different class,
    so the label side is an indicator and its ties share their rank. More than 1,500 examples are thinned to a
    seeded sample, because the pairs grow with the square.
    """

    name = "parc"
    summary = "rank correlation of distances between embeddings and between labels"
    reference = "Bolya et al., NeurIPS 2021, PARC"
    opt_in = True

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the correlation in [-100, 100]; its standard error is not known."""
        data = labelled_features(sample)
        features, classes = data.features, data.classes
        if len(classes) > _MOST_EXAMPLES:
            chosen = np.random.default_rng(sample.seed).choice(len(classes), _MOST_EXAMPLES, replace=False)
            kept = by_content(features)[np.sort(chosen)]
            features, classes = features[kept], classes[kept]
        reduced = principal_components(features, most=_DIMENSIONS)
        if reduced.shape[1] < 2:
            raise ScoreUnavailable("a correlation needs embeddings of at least two dimensions", field="features")
        rows, columns = np.triu_indices(len(classes), 1)
        different = (classes[rows] != classes[columns]).astype(np.float64)
        if different.min() == different.max():
            raise ScoreUnavailable(
                "every pair of examples has different classes; PARC needs a class of two examples", field="labels"
            )
        distances = 1.0 - _correlations(reduced)[rows, columns]
        return TransferScore(100.0 * float(np.corrcoef(rankdata(distances), different)[0, 1]))


def _correlations(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the correlation of every two rows (N, N); rows without any variation correlate with none."""
    centred = features - features.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    unit = np.divide(centred, lengths, out=np.zeros_like(centred), where=lengths > 0)
    return np.asarray(unit @ unit.T)


scorers.register(Parc.name, Parc())
