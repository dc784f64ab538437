"""SFDA: a self-challenging Fisher discriminant, which meets harder examples than it was fitted to.

Shao, Zhao, Ge, Zhang, Yang, Wang, Shan, Luo: Not All Models Are Equal: Predicting Model Transferability in a
Self-challenging Fisher Space. ECCV 2022, https://arxiv.org/abs/2207.03036 (regularised Fisher discriminant and
ConfMix). The softened confidence and the mean of class means are those of the authors' code.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import labelled_features
from automl_tl.transferability.principal_components import span

__all__ = ["Sfda"]

_SHRINKAGE_RATE = 5.0


class Sfda(Scorer):
    """Mean probability ``p(y_i|x_i)`` of a Fisher discriminant refitted to examples mixed by its own confidence.

    ``W_l = (1 - l) W + l mu I`` with the within-class covariance W and ``l = exp(-5 s_max(W))``; class scores
    ``x'W_l^-1 m_c - 1/2 m_c'W_l^-1 m_c + ln N_c/N`` become p by a softmax. ConfMix replaces x by
    ``p_y x + (1 - p_y) m`` with the mean m of the means of all other classes, then the discriminant is fitted and
    asked again. The embeddings are first scaled to total variance 1, because l as published depends on their
    scale. There is no hold-out, so the value, in (0, 1], is optimistic.
    """

    name = "sfda"
    summary = "probability of the right class under a self-challenged Fisher discriminant"
    reference = "Shao et al., ECCV 2022, regularised Fisher discriminant and ConfMix"
    opt_in = True

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the mean probability with its standard error over examples."""
        data = labelled_features(sample)
        features = span(data.features)
        features = features / math.sqrt(float(np.square(features).sum()) / len(features))
        indicator = data.one_hot()
        rows = np.arange(len(features))
        within = _within(features, indicator)
        shrinkage = math.exp(-_SHRINKAGE_RATE * float(np.linalg.eigvalsh(within)[-1]))
        size = data.features.shape[1]
        first = _probabilities(features, indicator, shrinkage, size)
        # As in the authors' code, a second softmax softens the confidence before it mixes.
        confidence = _softmax(first)[rows, data.classes][:, None]
        means = (indicator.T @ features) / indicator.sum(axis=0)[:, None]
        others = (means.sum(axis=0) - means) / (data.n_classes - 1)
        mixed = confidence * features + (1.0 - confidence) * others[data.classes]
        right = _probabilities(mixed, indicator, shrinkage, size)[rows, data.classes]
        return TransferScore(float(right.mean()), float(right.std() / math.sqrt(len(right))), right)


def _within(features: NDArray[np.float64], indicator: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the within-class covariance, with 1/N."""
    means = (indicator.T @ features) / indicator.sum(axis=0)[:, None]
    residual = features - indicator @ means
    return residual.T @ residual / len(features)


def _probabilities(
    features: NDArray[np.float64], indicator: NDArray[np.float64], shrinkage: float, size: int
) -> NDArray[np.float64]:
    """Return p(c|x) (N, C) of the shrunk discriminant; ``size`` is D, over which mu averages the variance."""
    counts = indicator.sum(axis=0)
    means = (indicator.T @ features) / counts[:, None]
    within = _within(features, indicator)
    total = max(float(np.trace(within)), np.finfo(np.float64).eps)
    shrunk = (1.0 - shrinkage) * within
    shrunk.flat[:: len(within) + 1] += max(shrinkage / size, np.finfo(np.float64).eps) * total
    directions = cho_solve(cho_factor(shrunk), means.T)
    offsets = np.log(counts / len(features)) - 0.5 * np.einsum("cd,dc->c", means, directions)
    return _softmax(features @ directions + offsets)


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


scorers.register(Sfda.name, Sfda())
