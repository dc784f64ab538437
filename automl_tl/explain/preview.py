"""Explanations by another method than Shapley values, asked for by name: a quick preview, or for comparison."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import DeadlineReached, FailedPrecondition
from automl_tl.explain.alternatives.compare import GRAD_CAM, INTEGRATED_GRADIENTS, LIME
from automl_tl.explain.alternatives.grad_cam import GRAD_CAM_EVALUATIONS, NO_MAP, grad_cam, has_grad_cam
from automl_tl.explain.alternatives.gradients import (
    integrated_gradients,
    integrated_gradients_evaluations,
    why_no_gradients,
)
from automl_tl.explain.alternatives.lime import LIME_EVALUATIONS, lime_in_time
from automl_tl.explain.base import Explanation
from automl_tl.explain.cases import Case
from automl_tl.explain.clock import Remaining, require_time
from automl_tl.explain.game import Game
from automl_tl.explain.maskers.pixels import PixelMasker
from automl_tl.explain.model import ExplainableModel
from automl_tl.explain.network import own_outputs
from automl_tl.explain.quality import Checked, check
from automl_tl.explain.question import Question, question_for
from automl_tl.explain.samplers.base import Estimate
from automl_tl.explain.samplers.run import COMPLETE, DEADLINE
from automl_tl.explain.subject import Subject
from automl_tl.explain.work import written

__all__ = ["preview_predictions"]

_NAMES = {"integrated_gradients": INTEGRATED_GRADIENTS, "grad_cam": GRAD_CAM, "lime": LIME}


def preview_predictions(
    model: ExplainableModel,
    cases: Sequence[Case],
    *,
    method: str,
    max_evals: int,
    remaining: Remaining,
    seed: int,
    check: bool,
    features: str,
    progress: Callable[[float, str], None],
) -> tuple[Explanation, ...]:
    """Explain by ``integrated_gradients``, ``grad_cam`` or ``lime``; parameters as for ``explain_predictions``.

    An ensemble's joint answer is explained, except by Grad-CAM, which is of its leading model alone.

    Raises
    ------
    FailedPrecondition
        If the model does not allow the method.
    """
    subject = Subject(model, features=features)
    done: list[Explanation] = []
    for position, case in enumerate(cases):
        progress(position / len(cases), f"explaining {position + 1} of {len(cases)}")
        try:
            done.append(_one(subject, case, method, max_evals, remaining, seed + position, check))
        except DeadlineReached:
            break
    return tuple(done)


def _one(
    subject: Subject, case: Case, method: str, max_evals: int, remaining: Remaining, seed: int, wanted: bool
) -> Explanation:
    maskers = subject.maskers(case.example)
    game = subject.game(maskers, subject.networks, remaining)
    ends = game.ends()
    own = own_outputs(subject.model, case.example)
    question = question_for(subject.model, own)
    values, cost, stopped = _values(game, question, method, max_evals, seed)
    estimate = Estimate(values, np.full_like(values, np.nan), 1.0 if method != "lime" else float("nan"))
    quality = None
    if wanted:
        quality = check(
            Checked(subject, maskers, subject.networks, game, question, estimate, own, promised=False),
            remaining=remaining,
            seed=seed,
        )
    chosen = list(question.indices)
    return written(
        case,
        subject,
        maskers,
        question,
        estimate,
        ends[0, chosen],
        own[chosen],
        method=_NAMES[method],
        stopped=stopped,
        evaluations=cost,
        quality=quality,
        lead_alone=method == "grad_cam",
    )


def _values(
    game: Game, question: Question, method: str, max_evals: int, seed: int
) -> tuple[NDArray[np.float64], int, str]:
    """Return contributions (F, K), their cost in forward passes and why it ended; raises DeadlineReached.

    Of LIME there is an answer by what was known in time, of gradients and maps only a whole one.
    """
    indices = question.indices
    if game.n_features == 0:
        return np.zeros((0, len(indices))), game.evaluations, COMPLETE
    if method == "lime":
        evaluations = max_evals or LIME_EVALUATIONS
        values, known = lime_in_time(game, indices, max_evals=evaluations, seed=seed)
        return values, known, COMPLETE if known == evaluations else DEADLINE
    if method == "integrated_gradients":
        reason = why_no_gradients(game.players)
        if reason:
            raise FailedPrecondition(f"{reason}; use shapley or lime", field="method")
        values = integrated_gradients(game.players, indices, link=game.link, remaining=game.remaining)
        return values, integrated_gradients_evaluations(len(indices)), COMPLETE
    masker, network = game.players[0]
    maps = []
    if isinstance(masker, PixelMasker) and has_grad_cam(masker, network):
        for index in indices:
            require_time(game.remaining, "the next map of Grad-CAM")
            maps.append(grad_cam(masker, network, index))
    if not maps or any(each is None for each in maps):
        raise FailedPrecondition(f"{NO_MAP}; use shapley, integrated_gradients or lime", field="method")
    values = np.stack([each for each in maps if each is not None], axis=1)
    return values, GRAD_CAM_EVALUATIONS * len(indices), COMPLETE
