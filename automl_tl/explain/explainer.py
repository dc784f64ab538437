"""From inputs to explanations, within the time that is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from automl_tl.errors import DeadlineReached
from automl_tl.explain.base import Explanation
from automl_tl.explain.cases import Case
from automl_tl.explain.clock import Remaining, limited
from automl_tl.explain.model import ExplainableModel
from automl_tl.explain.samplers.run import run_together
from automl_tl.explain.subject import Subject
from automl_tl.explain.work import Plan, Work, draft, finish, prepare

__all__ = ["explain_one", "explain_predictions"]

_SIDE_BY_SIDE = 8
"""Inputs that share their batches on a GPU. A CPU gains nothing by more than a few coalitions at once."""

Progress = Callable[[float, str], None]


def _forever() -> float:
    return float("inf")


def explain_predictions(
    model: ExplainableModel,
    cases: Sequence[Case],
    *,
    max_evals: int = 0,
    remaining: Remaining = _forever,
    seed: int = 0,
    batch_size: int = 64,
    check: bool = True,
    compare: bool = True,
    features: str = "grid",
    progress: Progress = lambda fraction, message: None,
) -> tuple[Explanation, ...]:
    """Explain the outputs of the predicted class and of the runner-up, of each label, or the number, case by case.

    Parameters
    ----------
    max_evals
        Most coalitions per case; 0 takes :func:`~automl_tl.explain.samplers.choose.needed_evaluations`.
    remaining
        Seconds left. Time is shared evenly over the cases that remain; when it is short a case gets fewer
        evaluations, then coarser features, and when not even that fits it is left out and its time goes to the
        others. Sampling that the clock interrupts gives the values so far with their errors.
    check
        Whether to add the quality checks.
    compare
        Whether to add other methods' answers.
    features
        ``grid`` or ``superpixels``, for pictures.
    progress
        Hears (fraction done in [0, 1], message) before each case and after each round of coalitions.
    """
    subject = Subject(model, features=features, batch_size=batch_size)
    done: list[Explanation] = []
    group = _group_size(subject) if cases else 1
    for position in range(0, len(cases), group):
        if remaining() <= 0:
            break
        chunk = cases[position : position + group]
        message = f"explaining {position + 1} of {len(cases)}"
        progress(position / len(cases), message)
        share = remaining() / (len(cases) - position)
        plan = Plan(max_evals, share, check=check, compare=compare)
        done += _explain_group(
            subject,
            chunk,
            plan,
            remaining,
            seed + position,
            lambda place=position, told=message: progress(place / len(cases), told),  # type: ignore[misc]
        )
    return tuple(done)


def explain_one(
    model: ExplainableModel,
    case: Case,
    *,
    max_evals: int = 0,
    seconds: float = float("inf"),
    remaining: Remaining = _forever,
    seed: int = 0,
    batch_size: int = 64,
    check: bool = True,
    compare: bool = True,
    features: str = "grid",
    hear: Callable[[Explanation], None] = lambda so_far: None,
) -> Explanation:
    """Explain one prediction in about ``seconds``; raises DeadlineReached if ``remaining`` runs out before.

    After each round of coalitions ``hear`` is given what is known so far, without checks.
    """
    subject = Subject(model, features=features, batch_size=batch_size)
    plan = Plan(max_evals, seconds, check=check, compare=compare)
    work = prepare(subject, case, plan, remaining=remaining, seed=seed)

    def heard() -> None:
        so_far = draft(work)
        if so_far is not None:
            hear(so_far)

    run_together([work.sampling], heard)
    return finish(work)


def _explain_group(
    subject: Subject,
    cases: Sequence[Case],
    plan: Plan,
    remaining: Remaining,
    seed: int,
    heard: Callable[[], None],
) -> list[Explanation]:
    """Explain these cases side by side, each in ``plan.seconds``; one for which that is too short is left out."""
    clock = limited(remaining, plan.seconds * len(cases))
    works: list[Work] = []
    for place, case in enumerate(cases):
        with suppress(DeadlineReached):
            works.append(prepare(subject, case, plan, remaining=clock, seed=seed + place))
    # Rounds go through common batches, so that no work's sampling ends before the others'.
    sampling = limited(clock, plan.sampling_share * clock())
    for work in works:
        work.game.remaining = sampling
    run_together([work.sampling for work in works], heard)
    done: list[Explanation] = []
    for place, work in enumerate(works):
        share = limited(clock, clock() / (len(works) - place))
        with suppress(DeadlineReached):
            done.append(finish(replace(work, remaining=share)))
    return done


def _group_size(subject: Subject) -> int:
    return _SIDE_BY_SIDE if subject.networks[0].device.type == "cuda" else 1
