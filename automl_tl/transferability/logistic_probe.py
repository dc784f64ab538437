"""Cross-validated accuracy of logistic regression on the embeddings.

Kornblith, Shlens, Le: Do Better ImageNet Models Transfer Better? CVPR 2019, https://arxiv.org/abs/1805.08974,
(L2-regularised multinomial logistic regression on fixed features).
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import by_content, labelled_features
from automl_tl.transferability.linear_probe import standardise
from automl_tl.transferability.principal_components import span

__all__ = ["LogisticProbe", "stratified_folds"]

_FOLDS = 5
_INVERSE_PENALTIES = (3.0, 100.0, 3000.0)
_MOST_EXAMPLES = 5000


class LogisticProbe(Scorer):
    """Share of examples that multinomial logistic regression fitted to the other four of five folds gets right.

    Embeddings are standardised and divided by the root of D, so that one penalty means the same for every width.
    The inverse penalty is the one of 3 with the best cross-validated log loss. Folds are stratified and drawn with
    the sample's seed; an example whose class is in no other fold counts as wrong. More than 5,000 examples are
    thinned to a seeded sample.
    """

    name = "logistic_probe"
    summary = "cross-validated accuracy of logistic regression on the embeddings"
    reference = "Kornblith et al., CVPR 2019, logistic regression on fixed features"
    is_accuracy = True
    opt_in = True

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the accuracy in [0, 1] with its binomial standard error."""
        data = labelled_features(sample)
        order = by_content(data.features)
        if len(order) > _MOST_EXAMPLES:
            chosen = np.random.default_rng(sample.seed).choice(len(order), _MOST_EXAMPLES, replace=False)
            order = order[np.sort(chosen)]
        classes = data.classes[order]
        if np.bincount(classes).max() < 2:
            raise ScoreUnavailable("every class has one example only, so none can be predicted", field="labels")
        features = standardise(data.features[order])
        features = span(features) / math.sqrt(features.shape[1])
        folds = stratified_folds(classes, sample.seed)
        tried = [_held_out(features, classes, folds, data.n_classes, each) for each in _INVERSE_PENALTIES]
        predicted = min(tried, key=lambda probs: _log_loss(probs, classes)).argmax(axis=1)
        right = (predicted == classes).astype(np.float64)
        if len(order) == len(data.classes):
            right[order] = right.copy()  # in the sample's own order, so that models are resampled in pairs
        return TransferScore(float(right.mean()), float(right.std() / math.sqrt(len(right))), right)


def stratified_folds(classes: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return the fold (N,) of each example: as equal in size as can be, and so within each class."""
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(classes))
    by_class = shuffled[np.argsort(classes[shuffled], kind="stable")]
    folds = np.empty(len(classes), np.int64)
    folds[by_class] = np.arange(len(classes)) % min(_FOLDS, len(classes))
    return folds


def _held_out(
    features: NDArray[np.float64],
    classes: NDArray[np.int64],
    folds: NDArray[np.int64],
    n_classes: int,
    inverse_penalty: float,
) -> NDArray[np.float64]:
    """Return the probabilities (N, C) of every example by the model that never saw its fold."""
    probs = np.zeros((len(classes), n_classes))
    for fold in np.unique(folds):
        test = folds == fold
        known = np.unique(classes[~test])
        if len(known) == 1:
            probs[test, known[0]] = 1.0
            continue
        model = _fitted(features[~test], classes[~test], inverse_penalty)
        probs[np.ix_(test, known)] = model.predict_proba(features[test])
    return probs


def _fitted(features: NDArray[np.float64], classes: NDArray[np.int64], inverse_penalty: float) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        # A separable fold has no optimum to converge to; the predictions are settled long before.
        warnings.simplefilter("ignore", ConvergenceWarning)
        # Few examples per class are what a probe has; the labels are classes nevertheless.
        warnings.filterwarnings("ignore", message="The number of unique classes")
        return LogisticRegression(C=inverse_penalty, max_iter=200, tol=1e-4).fit(features, classes)


def _log_loss(probs: NDArray[np.float64], classes: NDArray[np.int64]) -> float:
    return -float(np.log(np.maximum(probs[np.arange(len(classes)), classes], 1e-6)).mean())


scorers.register(LogisticProbe.name, LogisticProbe())
