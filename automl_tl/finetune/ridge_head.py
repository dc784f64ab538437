"""The linear head of a number: ridge regression on embeddings, its penalty by exact leave-one-out or by groups.

Hoerl & Kennard, Ridge Regression: Biased Estimation for Nonorthogonal Problems, Technometrics 1970, equation 2.1;
the leave-one-out error in closed form: Allen, Technometrics 1974 (PRESS).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import ModelUnavailable
from automl_tl.finetune.clock import no_limit
from automl_tl.finetune.group_folds import stratified_folds
from automl_tl.finetune.strata import strata_of
from automl_tl.finetune.workload import LinearHead
from automl_tl.one_thread import on_one_thread
from automl_tl.transferability.linear_probe import standardise
from automl_tl.transferability.ridge_probe import leave_one_out_by_penalty

__all__ = ["choose_ridge", "fit_ridge_head", "unit_of"]

_PENALTIES = 10.0 ** np.arange(-4.0, 2.5, 0.5)
"""Relative to the mean eigenvalue of the standardised features' Gram matrix, ascending."""
_FOLDS = 5
"""Where rows come in groups; each takes a decomposition of its own."""
_SANE = 1.0
"""The penalty where there is no time to compare any: it halves what the features say along a typical direction."""


def unit_of(numbers: NDArray[np.float64]) -> tuple[float, float]:
    """Return mean and standard deviation of the numbers; 1 instead of a deviation of 0."""
    deviation = float(numbers.std())
    return float(numbers.mean()), deviation if deviation > 0 else 1.0


def fit_ridge_head(
    features: NDArray[np.floating], numbers: NDArray[np.float64], *, inverse_regularisation: float = 1.0
) -> LinearHead:
    """Fit ridge regression with a free intercept on standardised features and fold the standardisation in.

    Parameters
    ----------
    features
        float (N, D), N >= 1; constant columns get weight zero.
    numbers
        float64 (N,), finite.
    inverse_regularisation
        C > 0: one over the weight of the squared coefficients of standardised features and numbers, next to the
        sum of squared errors.

    Raises
    ------
    ModelUnavailable
        If an embedding is NaN or infinite.
    """
    _check(features)
    mean, deviation = unit_of(numbers)
    centre, spread = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
    with on_one_thread():
        standardised = standardise(features.astype(np.float64))
        weight = _solve(standardised, (numbers - mean) / deviation, 1.0 / inverse_regularisation)
    varies = standardised.any(axis=0)
    weight = np.divide(weight, spread, out=np.zeros_like(weight), where=varies) * deviation
    bias = mean - weight @ centre
    return LinearHead(
        weight=weight[None, :].astype(np.float32),
        bias=np.array([bias], dtype=np.float32),
        link="identity",
        unit=(mean, deviation),
    )


def choose_ridge(
    features: NDArray[np.floating],
    numbers: NDArray[np.float64],
    *,
    remaining: Callable[[], float] = no_limit,
    groups: NDArray[np.int64] | None = None,
    seed: int = 0,
) -> float:
    """Return the C with the least squared leave-one-out error, of equals the one that shrinks most.

    ``remaining`` are the seconds left, asked before every penalty, the strongest first. When time is over the
    best one so far is returned; if not even one was tried, that of the features' mean eigenvalue. With ``groups``
    (N,) it is the error of whole groups, held out in five folds that ``seed`` draws; of these it is asked before
    every one, and those that are complete decide.
    """
    _check(features)
    mean, deviation = unit_of(numbers)
    targets = ((numbers - mean) / deviation)[:, None]
    with on_one_thread():
        standardised = standardise(features.astype(np.float64))
        unit = max(float(np.square(standardised).sum()) / min(standardised.shape), 1e-12)
        if groups is not None:
            folds = stratified_folds(strata_of(numbers), _FOLDS, seed, groups)
            return _by_groups(standardised, targets, folds, unit, remaining)
        if remaining() <= 0:
            return 1.0 / (_SANE * unit)
        affordable = itertools.takewhile(lambda _: remaining() > 0, _PENALTIES[::-1] * unit)
        errors = [
            float(np.square(targets - predicted).sum())
            for predicted in leave_one_out_by_penalty(standardised, targets, affordable)
        ]
    return 1.0 / float(_PENALTIES[::-1][int(np.argmin(errors))] * unit) if errors else 1.0 / (_SANE * unit)


def _by_groups(
    features: NDArray[np.float64],
    targets: NDArray[np.float64],
    folds: NDArray[np.int64],
    unit: float,
    remaining: Callable[[], float],
) -> float:
    """Return the C with the least squared error over the folds (N,); a sane one without any, or time."""
    penalties, errors = _PENALTIES[::-1] * unit, np.zeros(len(_PENALTIES))
    for number in np.unique(folds[folds >= 0]):
        if remaining() <= 0:
            break
        errors += _held_out_errors(features, targets, folds == number, penalties)
    return 1.0 / float(penalties[int(np.argmin(errors))]) if errors.any() else 1.0 / (_SANE * unit)


def _held_out_errors(
    features: NDArray[np.float64],
    targets: NDArray[np.float64],
    held_out: NDArray[np.bool_],
    penalties: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the summed squared error of the rows held out by penalty (P,); the others are decomposed once."""
    centre, mean = features[~held_out].mean(axis=0), targets[~held_out].mean(axis=0)
    fitted, asked = features[~held_out] - centre, features[held_out] - centre
    wanted, missing = targets[~held_out] - mean, targets[held_out] - mean
    if len(fitted) < fitted.shape[1]:
        values, vectors = np.linalg.eigh(fitted @ fitted.T)
        rows, answers = asked @ (fitted.T @ vectors), vectors.T @ wanted
    else:
        values, vectors = np.linalg.eigh(fitted.T @ fitted)
        rows, answers = asked @ vectors, vectors.T @ (fitted.T @ wanted)
    shrunk = answers / (np.maximum(values, 0.0)[:, None] + penalties)
    return np.asarray(np.square(missing - rows @ shrunk).sum(axis=0))


def _solve(features: NDArray[np.float64], targets: NDArray[np.float64], penalty: float) -> NDArray[np.float64]:
    """Return the coefficients (D,) by the smaller of the two Gram matrices."""
    n, size = features.shape
    if n < size:
        gram = features @ features.T + penalty * np.eye(n)
        return np.asarray(features.T @ np.linalg.solve(gram, targets))
    gram = features.T @ features + penalty * np.eye(size)
    return np.asarray(np.linalg.solve(gram, features.T @ targets))


def _check(features: NDArray[np.floating]) -> None:
    if not np.isfinite(features).all():
        raise ModelUnavailable("the model's embeddings contain NaN or infinity, so no head can be fitted on them")
