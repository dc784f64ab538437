"""What other methods say about the same prediction, each with its own quality figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import DeadlineReached
from automl_tl.explain.alternatives.grad_cam import GRAD_CAM_EVALUATIONS, grad_cam, has_grad_cam
from automl_tl.explain.alternatives.gradients import (
    differentiable,
    integrated_gradients,
    integrated_gradients_evaluations,
)
from automl_tl.explain.alternatives.lime import LIME_EVALUATIONS, lime
from automl_tl.explain.base import Alternative
from automl_tl.explain.curves import check_evaluations, insertion_deletion
from automl_tl.explain.game import Game
from automl_tl.explain.question import Question
from automl_tl.explain.samplers.base import rank_correlation

__all__ = ["GRAD_CAM", "INTEGRATED_GRADIENTS", "LIME", "alternatives"]

INTEGRATED_GRADIENTS = "integrated gradients"
GRAD_CAM = "Grad-CAM"
LIME = "LIME-style"

Method = tuple[str, int, Callable[[], NDArray[np.float64] | None]]


def alternatives(
    game: Game, question: Question, shapley: NDArray[np.float64], *, seed: int = 0
) -> tuple[Alternative, ...]:
    """Return what each method says about the first output, as far as the game's time allows.

    Parameters
    ----------
    shapley
        Shapley values (F,) of the first output, for comparison.
    """
    found = []
    for name, cost, method in _methods(game, question, seed):
        needed = (cost + check_evaluations(game.n_features)) * game.seconds_per_evaluation
        if game.remaining() < needed:
            continue
        try:
            values = method()
            if values is not None:
                found.append(_checked(name, values, cost, game, question, shapley, seed))
        except DeadlineReached:
            break
    return tuple(found)


def _methods(game: Game, question: Question, seed: int) -> Iterator[Method]:
    """Yield name, cost and computation of what is possible; gradients of ensembles are left out."""
    index = question.indices[0]
    masker, network = game.players[0]
    if len(game.players) == 1:
        if has_grad_cam(masker, network):
            yield GRAD_CAM, GRAD_CAM_EVALUATIONS, lambda: grad_cam(masker, network, index)  # type: ignore[arg-type]
        if differentiable(masker, network):
            yield (
                INTEGRATED_GRADIENTS,
                integrated_gradients_evaluations(1),
                lambda: integrated_gradients(masker, network, [index])[:, 0],
            )
    yield (
        LIME,
        LIME_EVALUATIONS,
        lambda: lime(lambda masks: game(masks)[:, index], game.n_features, seed=seed),
    )


def _checked(
    name: str,
    values: NDArray[np.float64],
    cost: int,
    game: Game,
    question: Question,
    shapley: NDArray[np.float64],
    seed: int,
) -> Alternative:
    faithfulness = insertion_deletion(
        lambda masks: question.answer(game(masks)), values, seed=seed, baseline=game.masker.baseline
    )
    return Alternative(name, values, rank_correlation(values, shapley), cost, faithfulness)
