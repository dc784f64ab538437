"""Shapley values of a coalition game, sampled by the shap library on binary masks."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import InvalidInput

__all__ = ["EXACT_LIMIT", "METHODS", "minimum_evaluations", "needed_evaluations", "shapley_values"]

EXACT_LIMIT = 8
"""With at most this many features all 2^F coalitions are evaluated: cheaper than sampling, and exact."""

METHODS = ("permutation", "kernel")
"""``permutation`` suits patches, ``kernel`` suits words (measured: closest to exact values per evaluation)."""

CoalitionFunction = Callable[[NDArray[np.bool_]], NDArray[np.float64]]


def minimum_evaluations(n_features: int) -> int:
    """Return the fewest evaluations that give an estimate: all coalitions, or one permutation there and back."""
    return 2**n_features if n_features <= EXACT_LIMIT else 2 * n_features + 1


def needed_evaluations(n_features: int, method: str) -> int:
    """Return a good default: exact, two antithetic permutation pairs, or ``max(100, 4F)`` kernel samples."""
    if n_features <= EXACT_LIMIT:
        return 2**n_features
    return 2 * (2 * n_features + 1) if method == "permutation" else max(100, 4 * n_features)


def shapley_values(
    value: CoalitionFunction, n_features: int, *, max_evals: int, method: str = "kernel", seed: int = 0
) -> NDArray[np.float64]:
    """Return the Shapley values, float64 (F, K), of a game with K outputs.

    Values plus the empty coalition's output add up to the full coalition's output. Exact for F <= 8.

    Parameters
    ----------
    value
        Coalitions bool (B, F) to outputs float64 (B, K).
    max_evals
        Largest number of coalitions to evaluate; raised to :func:`minimum_evaluations`.
    method
        ``permutation`` (antithetic permutation sampling, Mitchell et al. 2022, JMLR 23, section 3.2) or
        ``kernel`` (KernelSHAP, Lundberg & Lee 2017, theorem 2).
    """
    if method not in METHODS:
        raise InvalidInput(f"method must be one of {', '.join(METHODS)} but got {method!r}", field="method")
    ends = value(np.stack([np.zeros(n_features, dtype=bool), np.ones(n_features, dtype=bool)]))
    if n_features == 0:
        return np.zeros((0, ends.shape[1]))
    if n_features == 1:
        return ends[1:] - ends[:1]
    evaluations = max(max_evals, minimum_evaluations(n_features))
    with _numpy_seed(seed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if n_features <= EXACT_LIMIT or method == "kernel":
            return _kernel(value, n_features, evaluations)
        return _permutation(value, n_features, evaluations)


def _kernel(value: CoalitionFunction, n_features: int, evaluations: int) -> NDArray[np.float64]:
    """KernelSHAP against an all-hidden background; with every coalition in the sample it is exact."""
    import shap

    explainer = shap.KernelExplainer(lambda rows: value(np.asarray(rows) > 0.5), np.zeros((1, n_features)))
    shown = np.ones((1, n_features))
    values = explainer.shap_values(shown, nsamples=evaluations, l1_reg=False, silent=True)
    return np.asarray(values, dtype=np.float64)[0]


def _permutation(value: CoalitionFunction, n_features: int, evaluations: int) -> NDArray[np.float64]:
    import shap

    def show(mask: NDArray[np.bool_], row: NDArray[np.float64]) -> NDArray[np.float64]:
        return (row * mask)[None, :]

    explainer = shap.explainers.Permutation(
        lambda rows: value(np.asarray(rows) > 0.5), show, seed=int(np.random.randint(2**31))
    )
    explained = explainer(
        np.ones((1, n_features)), max_evals=evaluations, batch_size=4 * n_features + 2, silent=True
    )
    return np.asarray(explained.values, dtype=np.float64)[0]


@contextmanager
def _numpy_seed(seed: int) -> Iterator[None]:
    """Seed numpy's global generator, which shap draws from, and put its state back afterwards."""
    state = np.random.get_state()
    np.random.seed(seed % 2**32)
    try:
        yield
    finally:
        np.random.set_state(state)
