"""One explanation on its way: prepared, sampled, then checked and written down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import DeadlineReached, InvalidInput
from automl_tl.explain.alternatives.compare import alternatives
from automl_tl.explain.base import Explanation
from automl_tl.explain.cases import Case
from automl_tl.explain.clock import Remaining, limited
from automl_tl.explain.game import Game
from automl_tl.explain.long_text import choose_spans
from automl_tl.explain.maskers.base import Masker
from automl_tl.explain.maskers.joint import Joint
from automl_tl.explain.maskers.pixels import PixelMasker
from automl_tl.explain.maskers.superpixels import Superpixels
from automl_tl.explain.maskers.word_id import WordId
from automl_tl.explain.network import own_outputs
from automl_tl.explain.notes import notes_on
from automl_tl.explain.pictures import as_seen, preview_png
from automl_tl.explain.quality import ADDITIVITY_LIMITS, Checked, check, relative_gap
from automl_tl.explain.question import Question, question_for
from automl_tl.explain.samplers.base import Estimate
from automl_tl.explain.samplers.choose import (
    choose_sampler,
    minimum_evaluations,
    most_features,
    needed_evaluations,
)
from automl_tl.explain.samplers.exact import EXACT_LIMIT
from automl_tl.explain.samplers.run import Sampling
from automl_tl.explain.subject import Networks, Subject
from automl_tl.explain.with_columns import Mixed, metadata_of

__all__ = ["Plan", "Work", "draft", "finish", "prepare"]

_SAMPLING_SHARE = 0.6
"""Of an explanation's time; the rest is for its checks."""
_SCARCE = 64
"""Evaluations below which none are spent on a clock and on a faster precision."""
_TRIALS = 8
"""The most that these two cost."""


@dataclass(frozen=True)
class Plan:
    """What one explanation may cost.

    Attributes
    ----------
    max_evals
        Most model evaluations of the values; 0 takes the default for the kind of input.
    seconds
        About how long it may take.
    check, compare
        Whether to add the quality checks, and other methods' answers.
    """

    max_evals: int = 0
    seconds: float = float("inf")
    check: bool = True
    compare: bool = True

    @property
    def sampling_share(self) -> float:
        """Share of the time that values may take."""
        return _SAMPLING_SHARE if self.check else 1.0


@dataclass(frozen=True)
class Work:
    """An explanation whose sampling can begin."""

    case: Case
    subject: Subject
    maskers: tuple[Masker, ...]
    networks: Networks
    game: Game
    question: Question
    own: NDArray[np.float64]
    sampling: Sampling
    beside: int
    remaining: Remaining
    plan: Plan
    seed: int


def prepare(subject: Subject, case: Case, plan: Plan, *, remaining: Remaining, seed: int) -> Work:
    """Return the work on one case.

    Raises
    ------
    DeadlineReached
        If there is no time for even the coarsest features.
    InvalidInput
        If ``plan.max_evals`` is too few for them.
    """
    clock = limited(remaining, plan.seconds)
    maskers = subject.maskers(case.example)
    pilot = _pilot(maskers[0].n_features, seed)
    slow = subject.game(maskers, subject.networks, clock)
    ends = slow.ends()
    own = own_outputs(subject.model, case.example)
    question = question_for(subject.model, own)
    networks, game = subject.networks, slow
    # Of no parts both ends are one coalition: nothing is sampled that a faster precision could speed up.
    scarce = _is_scarce(game.n_features, plan.max_evals)
    if subject.fast is not None and game.n_features and not scarce:
        networks, game = _precise(subject, maskers, slow, pilot, clock, question, own)
    share = plan.sampling_share
    affordable = 10**9
    if np.isfinite(clock()):
        affordable = int(share * clock() / (game.seconds_per_evaluation if scarce else _timed(game, pilot)))
    asked = plan.max_evals or needed_evaluations(game.n_features, picture=_is_picture(maskers))
    beside = 0 if game is slow else slow.evaluations
    knows_pilot = not game.unknown(pilot)
    tried = game.evaluations - len(ends) if _is_picture(maskers) else 0
    budget = min(_budget(game.n_features, asked, beside + tried), affordable)
    chosen = _fitting(subject, maskers, game, question, budget, seed)
    if chosen is not maskers:
        beside += game.evaluations
        maskers, game, knows_pilot = chosen, subject.game(chosen, networks, clock), False
        budget = min(_budget(game.n_features, asked, beside), affordable)
    least = minimum_evaluations(game.n_features)
    if plan.max_evals and plan.max_evals - beside < least:
        raise InvalidInput(
            f"max_evals must be at least {beside + least} to explain {case.row_id!r} by its "
            f"{game.n_features} largest parts but is {plan.max_evals}",
            field="max_evals",
        )
    if affordable < least:
        raise DeadlineReached(f"{remaining():.1f} s are too few to explain row {case.row_id!r}")
    if networks is subject.fast:
        game.anchor(ends)
    sampler = choose_sampler(
        game, question.indices, max_evals=budget, seed=seed, asked=pilot[0] if knows_pilot else None
    )
    sampling = Sampling(game, sampler, question.indices)
    game.remaining = limited(clock, share * clock())
    return Work(case, subject, maskers, networks, game, question, own, sampling, beside, clock, plan, seed)


def finish(work: Work) -> Explanation:
    """Return the explanation with its checks; raises DeadlineReached if sampling did not get that far."""
    estimate = work.sampling.sampler.estimate()
    if estimate is None:
        raise DeadlineReached(f"time ran out before row {work.case.row_id!r} was explained")
    game, question = work.game, work.question
    spent = game.evaluations + work.beside
    game.remaining = work.remaining
    quality = others = None
    if work.plan.check:
        checked = Checked(
            work.subject, work.maskers, work.networks, game, question, estimate, work.own, promised=True
        )
        quality = check(checked, remaining=work.remaining, seed=work.seed)
    if work.plan.compare and game.n_features > 1:
        others = alternatives(game, question, estimate.values[:, 0], seed=work.seed)
    return written(
        work.case,
        work.subject,
        work.maskers,
        question,
        estimate,
        game.ends()[0, list(question.indices)],
        work.own[list(question.indices)],
        method=work.sampling.sampler.name,
        stopped=work.sampling.stopped,
        precision=work.networks[0].precision,
        evaluations=spent,
        quality=quality,
        alternatives=others or (),
    )


def draft(work: Work) -> Explanation | None:
    """Return what is known while sampling goes on, with its errors; None before every part has a value."""
    estimate = work.sampling.sampler.estimate()
    if estimate is None:
        return None
    return written(
        work.case,
        work.subject,
        work.maskers,
        work.question,
        estimate,
        work.game.ends()[0, list(work.question.indices)],
        work.own[list(work.question.indices)],
        method=work.sampling.sampler.name,
        precision=work.networks[0].precision,
        evaluations=work.game.evaluations + work.beside,
    )


def written(
    case: Case,
    subject: Subject,
    maskers: tuple[Masker, ...],
    question: Question,
    estimate: Estimate,
    base: NDArray[np.float64],
    own: NDArray[np.float64],
    *,
    lead_alone: bool = False,
    **facts: object,
) -> Explanation:
    """Return an explanation with what follows from the case and its masker.

    ``lead_alone`` tells whether the values are those of an ensemble's leading model alone.
    """
    masker, sight = maskers[0], _sight(maskers[0])
    quality = facts.get("quality")
    curves = getattr(quality, "curves", ())
    return Explanation(
        row=case.row,
        row_id=case.row_id,
        modality=subject.model.modality,
        true_class=case.true_class,
        predicted_class=question.predicted,
        runner_up_class=question.runner_up,
        probability=question.probability,
        feature_names=masker.feature_names,
        values=estimate.values,
        base_values=base,
        model_outputs=own,
        grid=masker.grid,
        baseline=masker.baseline,
        preview_png=_preview(sight, subject),
        faithfulness=curves[0] if curves else None,
        output_names=question.names,
        standard_errors=estimate.errors,
        notes=notes_on(case.example, masker, subject.model, lead_alone=lead_alone),
        segments=sight.segments if isinstance(sight, Superpixels) else None,
        columns=_columns(case, subject),
        right=question.is_right(case.truth),
        **facts,  # type: ignore[arg-type]
    )


def _precise(
    subject: Subject,
    maskers: tuple[Masker, ...],
    slow: Game,
    pilot: NDArray[np.bool_],
    clock: Remaining,
    question: Question,
    own: NDArray[np.float64],
) -> tuple[Networks, Game]:
    """Return the game in bfloat16 if it answers as in float32 where both were asked, else the one in float32."""
    assert subject.fast is not None
    fast = subject.game(maskers, subject.fast, clock)
    exact = np.concatenate([slow.ends(), slow(pilot)])
    try:
        rough = np.concatenate([fast.ends(), fast(pilot)])
    except RuntimeError:  # some layer does not take what the ones before it give it in bfloat16
        return subject.networks, slow
    scale = max(float(np.max(np.abs(exact))), float(np.max(np.ptp(exact, axis=0))))
    limit = ADDITIVITY_LIMITS[subject.fast[0].precision]
    close = float(np.max(np.abs(rough - exact))) <= limit * max(scale, 1e-12)
    # Large outputs that nobody asked about must not excuse what the check of the explained ones will not allow.
    close = close and _ends_gap(rough[:2], exact[:2], own, question) <= limit
    return (subject.fast, fast) if close else (subject.networks, slow)


def _ends_gap(
    rough: NDArray[np.float64], exact: NDArray[np.float64], own: NDArray[np.float64], question: Question
) -> float:
    """Return how far explained outputs are off where all is hidden or shown, as the additivity check has it."""
    chosen = list(question.indices)
    told, base = own[chosen], exact[0, chosen]
    hidden = told + rough[0, chosen] - base
    return max(relative_gap(each, told, base, question.unit) for each in (rough[1, chosen], hidden))


def _is_scarce(n_features: int, max_evals: int) -> bool:
    """Return whether the evaluations that a clock and a faster precision cost would be missed."""
    everything = int(2 ** min(n_features, 2 * EXACT_LIMIT))
    return 0 < max_evals < _SCARCE or everything <= max_evals < everything + _TRIALS


def _timed(game: Game, pilot: NDArray[np.bool_]) -> float:
    """Return seconds per evaluation, without the first call, in which libraries make ready."""
    seconds, evaluations = game.seconds, game.evaluations
    game(pilot)
    made = game.evaluations - evaluations
    return max((game.seconds - seconds) / made, 1e-9) if made else game.seconds_per_evaluation


def _pilot(n_features: int, seed: int) -> NDArray[np.bool_]:
    """Return two coalitions of about half of the features, each the other's complement."""
    half = np.random.default_rng(seed).permutation(n_features) < n_features / 2
    return np.stack([half, ~half])


def _budget(n_features: int, asked: int, spent: int) -> int:
    """Return what is left of the evaluations asked for; all coalitions of a few features are never too many."""
    everything = int(2 ** min(n_features, 2 * EXACT_LIMIT))
    return max(asked - spent, everything) if everything <= asked else asked - spent


def _fitting(
    subject: Subject,
    maskers: tuple[Masker, ...],
    game: Game,
    question: Question,
    budget: int,
    seed: int,
) -> tuple[Masker, ...]:
    """Return maskers with as few features as the budget needs: a long text by sentences first, larger patches."""
    first = maskers[0]
    if isinstance(first, WordId):
        spans = choose_spans(subject, first, game, question, budget, seed)
        if spans is None:
            return maskers
        return tuple(masker.with_features(spans) for masker in maskers if isinstance(masker, WordId))
    if budget >= minimum_evaluations(first.n_features):
        return maskers
    most = most_features(budget - game.evaluations)
    if isinstance(first, Joint):
        fewer = [masker.coarser(most) for masker in maskers]
        return maskers if fewer[0] is None else tuple(masker for masker in fewer if masker is not None)
    coarse = [masker.coarser(most) for masker in maskers]
    if coarse[0] is None or coarse[0] is first:
        return maskers
    assert isinstance(coarse[0], PixelMasker)
    from automl_tl.explain.subject import resized

    others = (resized(coarse[0], masker.pixels) for masker in maskers[1:] if isinstance(masker, PixelMasker))
    return coarse[0], *others


def _columns(case: Case, subject: Subject) -> tuple[float, ...]:
    metadata = metadata_of(subject.model)
    return metadata.shown(case.example.row) if metadata is not None and isinstance(case.example, Mixed) else ()


def _is_picture(maskers: tuple[Masker, ...]) -> bool:
    return isinstance(_sight(maskers[0]), PixelMasker)


def _sight(masker: Masker) -> Masker:
    """Return the picture's or text's own masker: of a joint game the first part."""
    return masker.parts[0] if isinstance(masker, Joint) else masker


def _preview(masker: Masker, subject: Subject) -> bytes | None:
    if not isinstance(masker, PixelMasker):
        return None
    seen = as_seen(masker.pixels.float().cpu().numpy(), subject.networks[0].backbone)
    return preview_png(seen)
