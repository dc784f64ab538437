"""LIME-style: a ridge regression on random coalitions, those near the whole input counting more.

Ribeiro, Singh, Guestrin, "Why Should I Trust You?", KDD 2016, section 3.4. Its coefficients describe a
neighbourhood and do not add up to the model's output.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import DeadlineReached
from automl_tl.explain.game import Game

__all__ = ["LIME_EVALUATIONS", "lime", "lime_in_time"]

LIME_EVALUATIONS = 100
_KERNEL_WIDTH = 0.25
_RIDGE = 1.0


def lime(
    value: Callable[[NDArray[np.bool_]], NDArray[np.float64]],
    n_features: int,
    *,
    max_evals: int = LIME_EVALUATIONS,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Return coefficients (F,) of a game with one output, ``value`` mapping coalitions (B, F) to (B,)."""
    masks = _coalitions(n_features, max_evals, seed)
    return _coefficients(masks, value(masks))


def lime_in_time(
    game: Game, outputs: Sequence[int], *, max_evals: int = LIME_EVALUATIONS, seed: int = 0
) -> tuple[NDArray[np.float64], int]:
    """Return coefficients (F, K) of these outputs and the number of evaluations that they rest on.

    The game evaluates batch by batch and looks at its clock between them; what it knew by its deadline is what is
    regressed on.

    Raises
    ------
    DeadlineReached
        If those are fewer different coalitions than there are features and an intercept to tell apart.
    """
    masks = _coalitions(game.n_features, max_evals, seed)
    late: DeadlineReached | None = None
    try:
        game(masks)
    except DeadlineReached as error:
        late, masks = error, masks[game.known(masks)]
    if late is not None and len(np.unique(masks, axis=0)) <= game.n_features:
        raise late
    answers = game(masks)
    return np.stack([_coefficients(masks, answers[:, index]) for index in outputs], axis=1), len(masks)


def _coalitions(n_features: int, count: int, seed: int) -> NDArray[np.bool_]:
    masks = np.random.default_rng(seed).random((count, n_features)) < 0.5
    masks[0] = True
    return masks


def _coefficients(masks: NDArray[np.bool_], answers: NDArray[np.float64]) -> NDArray[np.float64]:
    distance = 1 - np.sqrt(masks.mean(axis=1))
    weights = np.exp(-(distance**2) / _KERNEL_WIDTH**2)
    centred: NDArray[np.float64] = masks - np.average(masks, axis=0, weights=weights)
    targets = answers - np.average(answers, weights=weights)
    gram = (centred * weights[:, None]).T @ centred + _RIDGE * np.eye(masks.shape[1])
    return np.asarray(np.linalg.solve(gram, (centred * weights[:, None]).T @ targets))
