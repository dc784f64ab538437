"""The linear head: logistic regression on embeddings, the linear probe and every run's starting point."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr
from scipy.linalg.lapack import dormqr
from scipy.special import logsumexp
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from automl_tl.errors import ModelUnavailable
from automl_tl.finetune.clock import no_limit
from automl_tl.finetune.group_folds import stratified_folds
from automl_tl.finetune.head_work import FEWEST_ITERATIONS, affordable_iterations, rows_for_choice
from automl_tl.finetune.workload import LinearHead
from automl_tl.one_thread import on_one_thread

__all__ = [
    "REGULARISATION_GRID",
    "HeadFeatures",
    "choose_regularisation",
    "fit_linear_head",
    "sane_regularisation",
]

REGULARISATION_GRID = (1e-2, 1e-1, 1.0, 10.0)
"""Values of C that cross-validation tries, ascending. A stronger penalty than the first leaves little but the
biases, that is the class shares of the sample: 12 points of accuracy lost on 30 to 100 images of 5 data sets."""

_TOLERANCE = 1e-4
_SANE = 0.1
_CONSTANT = 1e-6
"""A column whose deviation is below this share of its mean, or of the widest column, counts as constant."""


def fit_linear_head(
    features: NDArray[np.floating],
    labels: NDArray[np.int64],
    n_classes: int,
    *,
    inverse_regularisation: float = 1.0,
    seed: int = 0,
    balanced: bool = False,
    rough: bool = False,
) -> LinearHead:
    """Fit a softmax regression with an L2 penalty on standardised features and fold the standardisation in.

    Parameters
    ----------
    features
        float (N, D), N >= 1; constant columns get weight zero.
    labels
        int64 (N,) in [0, n_classes). A class without an example gets zero weights and a bias that gives it about
        the probability 1 / (N + 1), as Laplace's rule would.
    inverse_regularisation
        C of scikit-learn's LogisticRegression, > 0.
    balanced
        Weight examples so that every class counts alike.
    rough
        Stop after a few iterations: a head for now.

    Raises
    ------
    ModelUnavailable
        If an embedding is NaN or infinite.
    """
    return HeadFeatures(features).solve(
        labels,
        n_classes,
        inverse_regularisation=inverse_regularisation,
        seed=seed,
        balanced=balanced,
        rough=rough,
    )


class HeadFeatures:
    """Embeddings from which any number of heads are solved: what no label and no C changes is computed once.

    Parameters
    ----------
    features
        float (N, D), N >= 1.
    iterations
        How many a head may take; 0: as many as so many rows, dimensions and classes can afford.

    Raises
    ------
    ModelUnavailable
        If an embedding is NaN or infinite.
    """

    def __init__(self, features: NDArray[np.floating], *, iterations: int = 0) -> None:
        if not np.isfinite(features).all():
            raise ModelUnavailable(
                "the model's embeddings contain NaN or infinity, so no head can be fitted on them"
            )
        self._features = features
        self._iterations = iterations
        self._mean, self._scale = _standardisation(features)

    @property
    def width(self) -> int:
        """D."""
        return int(self._features.shape[1])

    def solve(
        self,
        labels: NDArray[np.int64],
        n_classes: int,
        *,
        inverse_regularisation: float = 1.0,
        seed: int = 0,
        balanced: bool = False,
        rough: bool = False,
    ) -> LinearHead:
        """Return the head that :func:`fit_linear_head` fits on these embeddings."""
        present, codes = np.unique(labels, return_inverse=True)
        iterations = FEWEST_ITERATIONS if rough else self._iterations or self._affordable(len(present))
        with on_one_thread():
            weight, bias = self._fit(codes, len(present), inverse_regularisation, seed, balanced, iterations)
        weight = weight / self._scale
        bias = bias - weight @ self._mean
        return _spread(weight, bias, present, n_classes, self._features)

    def _affordable(self, n_present: int) -> int:
        """Two classes are told apart by one row of weights."""
        return affordable_iterations(len(self._features), self.width, n_present if n_present > 2 else 1)

    def _fit(
        self,
        codes: NDArray[np.int64],
        n_present: int,
        inverse_regularisation: float,
        seed: int,
        balanced: bool,
        iterations: int,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return weight (P, D) and bias (P,) for the P classes present, in the standardised space."""
        if n_present == 1:
            return np.zeros((1, self.width)), np.zeros(1)
        examples, span = self._solvable
        model = LogisticRegression(
            C=inverse_regularisation,
            tol=_TOLERANCE,
            max_iter=iterations,
            class_weight="balanced" if balanced else None,
            random_state=seed,
        )
        with warnings.catch_warnings():
            # A head that is not fully converged is a usable head; how good it is, validation says.
            warnings.simplefilter("ignore", ConvergenceWarning)
            # Few examples per class are what this is for; the labels are classes nevertheless.
            warnings.filterwarnings("ignore", message="The number of unique classes")
            model.fit(examples, codes)
        weight, bias = model.coef_, model.intercept_
        if n_present == 2:
            weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
        return (weight if span is None else span.embedded(weight)), bias

    @cached_property
    def _solvable(self) -> tuple[NDArray[np.float64], _Span | None]:
        """The standardised examples; in their span, and the way back, if they are fewer than their dimensions."""
        standardised = (self._features - self._mean) / self._scale
        span = _Span(standardised) if standardised.shape[0] < standardised.shape[1] else None
        return (standardised if span is None else span.coordinates), span


def choose_regularisation(
    features: NDArray[np.floating],
    labels: NDArray[np.int64],
    n_classes: int,
    *,
    folds: int = 3,
    seed: int = 0,
    grid: tuple[float, ...] = REGULARISATION_GRID,
    balanced: bool = False,
    remaining: Callable[[], float] = no_limit,
    groups: NDArray[np.int64] | None = None,
) -> float:
    """Return the C of ``grid`` with the highest cross-validated accuracy (of equals, the lowest log loss).

    Accuracy, not log loss: with few examples log loss rewards a penalty so strong that the head hardly looks at
    the features. With ``balanced`` every class counts alike in both. Where nothing can be held out, because every
    class has one example only, 0.1 or the middle of the grid is returned. With ``groups`` (one per example) whole
    groups are held out: a head that recognises a patient would be right on the patient's other images too.
    Of many rows it is a sample that decides, and no candidate gets more iterations than a head on all of them.

    ``remaining`` are the seconds left, asked before every fit. When time is over the folds that are complete
    decide, and without one it is as if nothing could be held out.
    """
    width = features.shape[1]
    iterations = affordable_iterations(len(labels), width, n_classes if n_classes > 2 else 1)
    rows = rows_for_choice(labels, width, n_classes, seed=seed)
    features, labels, groups = features[rows], labels[rows], None if groups is None else groups[rows]
    assignment = stratified_folds(labels, folds, seed, groups)
    shares = 1.0 / np.bincount(labels, minlength=n_classes)[labels] if balanced else np.ones(len(labels))
    hits, losses = np.zeros(len(grid)), np.zeros(len(grid))
    for fold in range(int(assignment.max()) + 1):
        fitted, held_out = assignment != fold, assignment == fold
        if not held_out.any() or len(np.unique(labels[fitted])) < 2:
            continue
        ready, figures = HeadFeatures(features[fitted], iterations=iterations), np.zeros((len(grid), 2))
        for index, candidate in enumerate(grid):
            if remaining() <= 0:
                return _best(grid, hits, losses)
            head = ready.solve(
                labels[fitted], n_classes, inverse_regularisation=candidate, seed=seed, balanced=balanced
            )
            right, loss = _held_out_figures(head, features[held_out], labels[held_out])
            figures[index] = shares[held_out] @ right, shares[held_out] @ loss
        # Values that were judged on different folds cannot be compared, so a fold counts as a whole.
        hits, losses = hits + figures[:, 0], losses + figures[:, 1]
    return _best(grid, hits, losses)


def sane_regularisation(grid: tuple[float, ...] = REGULARISATION_GRID) -> float:
    """Return the C for when nothing tells values apart: 0.1, or the middle of a grid without it."""
    return _SANE if _SANE in grid else grid[len(grid) // 2]


def _standardisation(features: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    mean = features.mean(axis=0, dtype=np.float64)
    deviation = features.std(axis=0, dtype=np.float64)
    constant = deviation <= _CONSTANT * np.maximum(np.abs(mean), deviation.max(initial=0.0))
    return mean, np.where(constant, np.inf, deviation)


def _best(grid: tuple[float, ...], hits: NDArray[np.float64], losses: NDArray[np.float64]) -> float:
    if not losses.any():
        return sane_regularisation(grid)
    return grid[int(np.lexsort((losses, -np.round(hits, 9)))[0])]


class _Span:
    """The span of N examples in more dimensions: an L2 penalty does not see a rotation, so it is solved there.

    The basis is kept as reflections, because writing it out would cost as much again as finding it.
    """

    def __init__(self, examples: NDArray[np.float64]) -> None:
        (self._reflections, self._factors), triangle = qr(examples.T, mode="raw", check_finite=False)
        self.coordinates = np.ascontiguousarray(triangle.T)

    def embedded(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return vectors (P, N) of these coordinates in the D dimensions of the examples, (P, D)."""
        padded = np.zeros((self._reflections.shape[0], len(vectors)), order="F")
        padded[: vectors.shape[1]] = vectors.T
        room = dormqr("L", "N", self._reflections, self._factors, padded, -1)[1]
        return np.asarray(dormqr("L", "N", self._reflections, self._factors, padded, int(room[0]))[0].T)


def _spread(
    weight: NDArray[np.float64],
    bias: NDArray[np.float64],
    present: NDArray[np.int64],
    n_classes: int,
    features: NDArray[np.floating],
) -> LinearHead:
    if len(present) == n_classes:
        return LinearHead(weight=weight.astype(np.float32), bias=bias.astype(np.float32))
    full_weight = np.zeros((n_classes, weight.shape[1]))
    typical = logsumexp(features @ weight.T + bias, axis=1).mean()
    full_bias = np.full(n_classes, typical - np.log(len(features)))
    full_weight[present], full_bias[present] = weight, bias
    return LinearHead(weight=full_weight.astype(np.float32), bias=full_bias.astype(np.float32))


def _held_out_figures(
    head: LinearHead, features: NDArray[np.floating], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return per example whether the head is right (0 or 1) and its log loss."""
    probabilities = head.probabilities(features)
    right = (probabilities.argmax(axis=1) == labels).astype(np.float64)
    own = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return right, -np.log(np.clip(own, 1e-7, 1.0))
