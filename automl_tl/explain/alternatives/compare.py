"""What other methods say about the same prediction, each with its own quality figure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import DeadlineReached
from automl_tl.explain.alternatives.grad_cam import GRAD_CAM_EVALUATIONS, NO_MAP, grad_cam, has_grad_cam
from automl_tl.explain.alternatives.gradients import (
    integrated_gradients,
    integrated_gradients_evaluations,
    why_no_gradients,
)
from automl_tl.explain.alternatives.lime import LIME_EVALUATIONS, lime
from automl_tl.explain.base import Alternative
from automl_tl.explain.curves import check_evaluations, insertion_deletion
from automl_tl.explain.game import Game
from automl_tl.explain.maskers.joint import Joint
from automl_tl.explain.maskers.pixels import PixelMasker
from automl_tl.explain.question import Question
from automl_tl.explain.samplers.base import rank_correlation

__all__ = ["GRAD_CAM", "INTEGRATED_GRADIENTS", "LIME", "alternatives"]

INTEGRATED_GRADIENTS = "integrated gradients"
GRAD_CAM = "Grad-CAM"
LIME = "LIME-style"

_LATE = "there was no time"
_LEAD = "of the leading model alone, not of the joint answer"


@dataclass(frozen=True)
class _Method:
    """A method, its cost in evaluations and how to get its values; ``note`` is the reason where these are None."""

    name: str
    cost: int
    values: Callable[[], NDArray[np.float64] | None] | None
    note: str = ""


def alternatives(
    game: Game, question: Question, shapley: NDArray[np.float64], *, seed: int = 0
) -> tuple[Alternative, ...]:
    """Return what each method says about the first output; one that cannot be used has the reason and no values.

    Parameters
    ----------
    shapley
        Shapley values (F,) of the first output, for comparison.
    """
    return tuple(_tried(method, game, question, shapley, seed) for method in _methods(game, question, seed))


def _methods(game: Game, question: Question, seed: int) -> Iterator[_Method]:
    """Yield the methods for this kind of input."""
    index = question.indices[0]
    masker, network = game.players[0]
    first = masker.parts[0] if isinstance(masker, Joint) else masker
    if isinstance(masker, PixelMasker) and has_grad_cam(masker, network):
        note = _LEAD if len(game.players) > 1 else ""
        yield _Method(GRAD_CAM, GRAD_CAM_EVALUATIONS, lambda: grad_cam(masker, network, index), note)
    elif isinstance(first, PixelMasker):
        yield _Method(GRAD_CAM, 0, None, NO_MAP)
    reason = why_no_gradients(game.players)
    yield _Method(
        INTEGRATED_GRADIENTS,
        integrated_gradients_evaluations(1),
        None
        if reason
        else lambda: integrated_gradients(game.players, [index], link=game.link, remaining=game.remaining)[:, 0],
        reason,
    )
    yield _Method(
        LIME,
        LIME_EVALUATIONS,
        lambda: lime(lambda masks: game(masks)[:, index], game.n_features, seed=seed),
    )


def _tried(
    method: _Method, game: Game, question: Question, shapley: NDArray[np.float64], seed: int
) -> Alternative:
    if method.values is None:
        return _left_out(method.name, method.note)
    needed = (method.cost + check_evaluations(game.n_features)) * game.seconds_per_evaluation
    if game.remaining() < needed:
        return _left_out(method.name, _LATE)
    try:
        values = method.values()
        if values is None:
            return _left_out(method.name, NO_MAP)
        faithfulness = insertion_deletion(
            lambda masks: question.answer(game(masks)), values, seed=seed, baseline=game.masker.baseline
        )
    except DeadlineReached:
        return _left_out(method.name, _LATE)
    agreement = rank_correlation(values, shapley)
    return Alternative(method.name, values, agreement, method.cost, faithfulness, method.note)


def _left_out(name: str, reason: str) -> Alternative:
    return Alternative(name, np.zeros(0), math.nan, 0, note=reason)
