"""Is an explanation true to the model? Every check that time allows, and one verdict; a failed check is shown."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import DeadlineReached
from automl_tl.explain.base import VERDICTS, Faithfulness, Quality
from automl_tl.explain.clock import Remaining
from automl_tl.explain.curves import DRAWN_ORDERS, FEWEST_ORDERS, check_evaluations, insertion_deletion
from automl_tl.explain.game import Game
from automl_tl.explain.maskers.base import Masker
from automl_tl.explain.question import Question
from automl_tl.explain.samplers.base import Estimate, rank_correlation
from automl_tl.explain.samplers.choose import checking_evaluations, choose_sampler
from automl_tl.explain.samplers.run import run_sampler
from automl_tl.explain.subject import Networks, Subject
from automl_tl.probe.precision import FLOAT32

__all__ = ["ADDITIVITY_LIMITS", "Checked", "check", "relative_gap"]

ADDITIVITY_LIMITS = {FLOAT32: 1e-5, "bfloat16": 1e-2}
_STABLE = 0.7
_UNSTABLE = 0.3
_SAME, _MUCH_THE_SAME = 0.9, 0.7
_FEWEST_FOR_CORRELATION = 10
_FAITHFUL, _WEAK, _FAILED = VERDICTS
_LATE = "there was no time"
_TOO_FEW = f"too few parts to check the order: fewer than {FEWEST_ORDERS} other orders can be told from it"


@dataclass(frozen=True)
class Checked:
    """What is checked: contributions to one prediction and the game that they come from.

    ``own`` are the outputs (C,) that the model gives to the untouched input, ``promised`` tells whether the method
    promises that contributions add up.
    """

    subject: Subject
    maskers: tuple[Masker, ...]
    networks: Networks
    game: Game
    question: Question
    estimate: Estimate
    own: NDArray[np.float64]
    promised: bool = True


@dataclass
class _Findings:
    """Verdicts of single checks with their reasons.

    A check that time did not allow is a weakness and no pass; one that there cannot be for this input or network
    only leaves its reason.
    """

    verdicts: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def add(self, verdict: str, reason: str = "") -> None:
        self.verdicts.append(verdict)
        if reason:
            self.reasons.append(reason)

    @property
    def worst(self) -> str:
        return max(self.verdicts, key=VERDICTS.index, default=_WEAK)


def relative_gap(
    total: NDArray[np.float64], own: NDArray[np.float64], base: NDArray[np.float64], unit: float
) -> float:
    """Return the largest distance of ``total`` (K,) from ``own``, over what counts as large for these outputs."""
    scale = max(float(np.max(np.abs(own))), float(np.max(np.abs(own - base))), unit)
    return float(np.max(np.abs(total - own))) / scale


def check(case: Checked, *, remaining: Remaining, seed: int = 0) -> Quality:
    """Return all checks that fit into the time that remains, cheapest first."""
    findings = _Findings()
    gap, limit = _additivity(case, findings)
    stability = case.estimate.stability
    if case.promised:
        _judge_stability(stability, findings)
    curves: list[Faithfulness] = []
    spent = case.game.evaluations
    extra = 0
    if case.game.n_features < 2:
        findings.add(_WEAK, "with fewer than two parts there is no order to check")
        return Quality(findings.worst, tuple(findings.reasons), gap, limit, stability=stability)
    others = _other_baselines(case.maskers)
    for maskers in (case.maskers, others):
        if maskers is not None:
            extra += _curve(case, maskers, curves, remaining, seed)
    _judge_curves(curves, findings, expected=1 if others is None else 2)
    correlation, more, why = _randomised(case, remaining, seed)
    _judge_randomised(case, correlation, why, findings)
    return Quality(
        findings.worst,
        tuple(findings.reasons),
        gap,
        limit,
        tuple(curves),
        stability,
        correlation,
        case.game.evaluations - spent + extra + more,
    )


def _additivity(case: Checked, findings: _Findings) -> tuple[float, float]:
    chosen = list(case.question.indices)
    base = case.game.ends()[0, chosen]
    total = base + case.estimate.values.sum(axis=0)
    if case.game.shift is not None:
        # Anchored values add up by construction; what the faster precision really misses is what was moved.
        total = total - case.game.shift[1, chosen]
    gap = relative_gap(total, case.own[chosen], base, case.question.unit)
    limit = ADDITIVITY_LIMITS[case.networks[0].precision]
    if gap <= limit:
        findings.add(_FAITHFUL)
    elif case.promised:
        findings.add(
            _FAILED, f"contributions miss the model's own output by {gap:.1e} of it, allowed are {limit:.0e}"
        )
    else:
        findings.add(_WEAK, f"a preview: contributions miss the model's own output by {100 * gap:.1f} %")
    return gap, limit


def _judge_stability(stability: float, findings: _Findings) -> None:
    if math.isnan(stability):
        findings.add(
            _WEAK, "stability over seeds was not measured: time or evaluations did not allow a second round"
        )
    elif stability < _UNSTABLE:
        findings.add(_FAILED, f"another seed would give another order of parts (rank correlation {stability:.2f})")
    elif stability < _STABLE:
        findings.add(_WEAK, f"another seed would change the order of parts (rank correlation {stability:.2f})")
    else:
        findings.add(_FAITHFUL)


def _other_baselines(maskers: tuple[Masker, ...]) -> tuple[Masker, ...] | None:
    others = [masker.other_baseline() for masker in maskers]
    return (
        None if any(other is None for other in others) else tuple(other for other in others if other is not None)
    )


def _curve(
    case: Checked, maskers: tuple[Masker, ...], curves: list[Faithfulness], remaining: Remaining, seed: int
) -> int:
    """Add the curve under these maskers' baseline, of as many orders as there is time for.

    Return what it cost beside the game's own evaluations.
    """
    own = maskers is case.maskers
    game = case.game if own else case.subject.game(maskers, case.networks, remaining)
    affordable = remaining() / case.game.seconds_per_evaluation
    drawn = next((each for each in DRAWN_ORDERS if check_evaluations(game.n_features, each) <= affordable), 0)
    if not drawn:
        return 0
    with suppress(DeadlineReached):
        curves.append(
            insertion_deletion(
                lambda masks: case.question.answer(game(masks)),
                case.estimate.values[:, 0],
                seed=seed,
                baseline=maskers[0].baseline,
                drawn=drawn,
            )
        )
    return 0 if own else game.evaluations


def _judge_curves(curves: list[Faithfulness], findings: _Findings, *, expected: int) -> None:
    if not curves:
        findings.add(_WEAK, "insertion and deletion were not measured: there was no time")
        return
    if len(curves[0].random_gaps) < FEWEST_ORDERS:
        findings.add(_WEAK, _TOO_FEW)
        return
    findings.add(curves[0].verdict, "" if curves[0].verdict == _FAITHFUL else _told(curves[0]))
    if expected == 1:
        findings.add(_FAITHFUL, "there is no second way to hide parts of this input, so that one baseline decides")
    elif len(curves) < expected:
        findings.add(_WEAK, "a second baseline was not measured: there was no time")
    # Values are defined by the first baseline; that another one disagrees weakens them but does not refute them.
    for other in curves[1:]:
        findings.add(*((_FAITHFUL, "") if other.verdict == _FAITHFUL else (_WEAK, _told(other))))


def _told(curve: Faithfulness) -> str:
    than = "the best of the other orders" if curve.verdict == _WEAK else "other orders do on average"
    return f"with parts hidden by {curve.baseline} the explained order moves the model no more than {than}"


def _randomised(case: Checked, remaining: Remaining, seed: int) -> tuple[float, int, str]:
    """Return the rank correlation with the values of the same network with random weights, and what that cost.

    Where there is none it is NaN, with the reason.
    """
    needed = checking_evaluations(case.game.n_features)
    if remaining() < 1.2 * needed * case.game.seconds_per_evaluation:
        return math.nan, 0, _LATE
    networks = case.subject.randomised
    if networks is None:
        return math.nan, 0, "this network's weights cannot be drawn anew"
    game = case.subject.game(case.maskers, networks, remaining)
    try:
        chosen = [case.question.indices[0]]
        sampler = choose_sampler(game, chosen, max_evals=needed, seed=seed)
        estimate = run_sampler(game, sampler, chosen)
    except DeadlineReached:
        return math.nan, game.evaluations, _LATE
    if estimate is None:
        return math.nan, game.evaluations, _LATE
    found = rank_correlation(estimate.values[:, 0], case.estimate.values[:, 0])
    return found, game.evaluations, "one of the two gives all parts the same"


def _judge_randomised(case: Checked, correlation: float, why: str, findings: _Findings) -> None:
    if math.isnan(correlation):
        verdict = _WEAK if why == _LATE else _FAITHFUL
        findings.add(verdict, f"a comparison with random weights was not made: {why}")
        return
    same = f"a network with random weights gets nearly the same values (rank correlation {correlation:.2f})"
    if correlation < _MUCH_THE_SAME:
        findings.add(_FAITHFUL)
    elif case.game.n_features < _FEWEST_FOR_CORRELATION:
        findings.add(_FAITHFUL, f"{same}, which of fewer than {_FEWEST_FOR_CORRELATION} parts may be chance")
    else:
        findings.add(_FAILED if correlation >= _SAME else _WEAK, same)
