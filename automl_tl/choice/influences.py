"""What the trials tell of model, strategy and hyperparameters: Shapley values on a surrogate, or why not.

Van Rijn & Hutter (Hyperparameter Importance Across Datasets, KDD 2018) share out the variance of such a surrogate;
here every trial gets exact interventional Shapley values against the other trials.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.choice.base import (
    FEWEST_FOR_CLAIMS,
    FEWEST_TRIALS,
    LEAST_R2,
    Influence,
    SearchInfluences,
    Share,
)
from automl_tl.choice.product_game import shapley_values
from automl_tl.choice.surrogate import Fitted, Model, choose_surrogate, folds
from automl_tl.choice.table import STRATEGY, TrialTable, trial_table
from automl_tl.finetune.evaluation import Interval
from automl_tl.one_thread import on_one_thread
from automl_tl.search.trial import Trial

__all__ = ["runner_up_of", "search_influences"]

Floats = NDArray[np.float64]
_MOST_EXPLAINED = 40
"""Trials that are explained and compared with; more would move the averages by less than their intervals."""
_PARTS = 10
_Z95 = 1.959964


def search_influences(
    trials: Sequence[Trial],
    winner: str,
    *,
    higher_is_better: bool = True,
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
) -> SearchInfluences:
    """Return what moved the results of a finished search, and what made the winner.

    Parameters
    ----------
    trials
        All trials of the job.
    winner
        Id of the trial that the final model comes from; the best one is taken where it is not among them.
    check
        Called every fraction of a second; what it raises, such as DeadlineReached, ends the work.

    Returns
    -------
    Refused, with the reason, below 15 trials or where no surrogate reaches a leave-one-out R2 of 0.5.
    """
    table = trial_table(trials, higher_is_better=higher_is_better)
    count = len(table.trials)
    if count < FEWEST_TRIALS:
        reason = f"{count} trials were measured, and below {FEWEST_TRIALS} such figures would be chance"
        return SearchInfluences("too_few_trials", reason, count)
    if not table.factors or float(np.ptp(table.merits)) == 0:
        return SearchInfluences("unpredictable", "all trials had the same result or the same settings", count)
    with on_one_thread():
        fitted = choose_surrogate(table, seed=seed, check=check)
        if not fitted.facts.r2 >= LEAST_R2:
            reason = (
                "no surrogate foretells left-out trials well enough to be explained "
                f"(leave-one-out R2 {fitted.facts.r2:.2f}, at least {LEAST_R2} is needed)"
            )
            return SearchInfluences("unpredictable", reason, count, fitted.facts)
        return _explained(table, fitted, winner, 1.0 if higher_is_better else -1.0, check)


def runner_up_of(trials: Sequence[Trial], winner: str, *, higher_is_better: bool = True) -> Trial | None:
    """Return the best other trial that differs from the winner in model or strategy; None if there is none."""
    ours = next((trial for trial in trials if trial.id == winner), None)
    sign = 1.0 if higher_is_better else -1.0
    rivals = [
        trial
        for trial in trials
        if ours is not None
        and (trial.model, trial.strategy) != (ours.model, ours.strategy)
        and math.isfinite(trial.value)
    ]
    return max(rivals, key=lambda trial: (sign * trial.value, -trial.number), default=None)


def _explained(
    table: TrialTable, fitted: Fitted, winner: str, sign: float, check: Callable[[], None]
) -> SearchInfluences:
    count = len(table.trials)
    places = {trial.id: place for place, trial in enumerate(table.trials)}
    best = places.get(winner, int(table.merits.argmax()))
    rival = runner_up_of(table.trials, table.trials[best].id, higher_is_better=sign > 0)
    chosen = sorted({best, *_spread(count)} | ({places[rival.id]} if rival else set()))
    background = _spread(count)
    values, base = _shapley(table, fitted.model, chosen, background, check)
    expected = float(fitted.model.predict(table.rows([best]), np.ones(1))[0])
    offset = expected - _sum_of_terms(fitted.model, table, best)
    ours = values[chosen.index(best)]
    theirs = values[chosen.index(places[rival.id])] if rival else None
    few = count < FEWEST_FOR_CLAIMS
    return SearchInfluences(
        status="weak" if few else "ok",
        reason=f"{count} trials are few: below {FEWEST_FOR_CLAIMS} the order of factors may well be another"
        if few
        else "",
        trials=count,
        surrogate=fitted.facts,
        influences=_influences(table, fitted, values, check),
        base=sign * (base + offset),
        expected=sign * expected,
        winner=tuple(
            Share(factor.name, float(sign * share), table.setting(best, factor))
            for factor, share in sorted(zip(table.factors, ours, strict=True), key=lambda pair: -abs(pair[1]))
        ),
        additivity_gap=abs(float(base + offset + ours.sum() - expected)),
        runner_up=rival.id if rival else "",
        difference=()
        if rival is None or theirs is None
        else tuple(
            Share(
                factor.name,
                float(sign * share),
                table.setting(best, factor),
                table.setting(places[rival.id], factor),
            )
            for factor, share in sorted(
                zip(table.factors, ours - theirs, strict=True), key=lambda pair: -abs(pair[1])
            )
        ),
    )


def _spread(count: int) -> list[int]:
    """Return places of trials, evenly spread over the search."""
    return sorted(set(np.linspace(0, count - 1, min(count, _MOST_EXPLAINED)).round().astype(int).tolist()))


def _shapley(
    table: TrialTable, model: Model, explained: list[int], background: list[int], check: Callable[[], None]
) -> tuple[Floats, float]:
    strategy = next((place for place, factor in enumerate(table.factors) if factor.name == STRATEGY), -1)
    return shapley_values(model.terms(table), table.active, explained, background, strategy, check)


def _sum_of_terms(model: Model, table: TrialTable, place: int) -> float:
    terms = model.terms(table)
    values = np.where(table.active[place][:, None], terms.values[place], terms.absent)
    return float(np.prod(values, axis=0) @ terms.weights)


def _influences(
    table: TrialTable, fitted: Fitted, values: Floats, check: Callable[[], None]
) -> tuple[Influence, ...]:
    """Return the factors, largest first, with intervals from leaving out a tenth of the trials at a time.

    Delete-a-group jackknife (Kott, Journal of Official Statistics 17, 2001): surrogate and averages are made anew
    without each tenth.
    """
    count = len(table.trials)
    sizes = np.abs(values).mean(axis=0)
    again = []
    some = _spread(count)[:: max(1, len(_spread(count)) // 20)]
    for left_out in folds(count, _PARTS):
        part = table.rows(np.setdiff1d(np.arange(count), left_out).tolist())
        again.append(np.abs(_shapley(table, fitted.again(part), some, some, check)[0]).mean(axis=0))
    parts = len(again)
    spread = np.sqrt((parts - 1) / parts * ((np.array(again) - np.mean(again, axis=0)) ** 2).sum(axis=0))
    return tuple(
        Influence(
            table.factors[place].name,
            Interval(
                float(sizes[place]),
                float(max(sizes[place] - _Z95 * spread[place], 0.0)),
                float(sizes[place] + _Z95 * spread[place]),
            ),
            table.factors[place].within,
        )
        for place in np.argsort(-sizes, kind="stable").tolist()
    )
