"""Trials as a table of factors: model, strategy, and every hyperparameter where a strategy has it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.search.trial import Trial, TrialState

__all__ = ["STRATEGY", "Factor", "TrialTable", "trial_table"]

Scalar = str | int | float | bool

MODEL, STRATEGY = "model", "strategy"
_WIDE = 10.0
"""Positive settings whose largest is this many times the smallest are compared by their logarithm."""
_MOST = 200
"""Trials that are looked at, those that trained longest first; more would take seconds."""


@dataclass(frozen=True)
class Factor:
    """One thing that the search could choose: its name, its columns, and the strategies that have it.

    ``within`` is () for what every configuration has.
    """

    name: str
    start: int
    stop: int
    within: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrialTable:
    """N trials by F factors.

    Attributes
    ----------
    factors
        Those of which the trials show at least two settings.
    encoded
        float64 (N, P): levels of a category as one-hot columns at distance 1 from each other, numbers in [0, 1]
        over the range that occurs. Where a trial has no such factor its columns hold their means, which tell
        nothing: that it is missing, the strategy's own columns say.
    active
        bool (N, F): whether a trial has the factor.
    merits
        float64 (N,): the job's metric with the sign that makes larger better.
    trained
        float64 (N,): share of a full run behind each value, in (0, 1]; trials that were stopped have less.
    absent
        float64 (P,): what the columns hold where a trial has no such factor.
    """

    trials: tuple[Trial, ...]
    factors: tuple[Factor, ...]
    encoded: NDArray[np.float64]
    active: NDArray[np.bool_]
    merits: NDArray[np.float64]
    trained: NDArray[np.float64]
    absent: NDArray[np.float64]

    def setting(self, row: int, factor: Factor) -> str:
        """Return a trial's setting as text, "" if it has no such factor."""
        value = _settings(self.trials[row]).get(factor.name)
        return "" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)

    def rows(self, places: Sequence[int]) -> TrialTable:
        """Return the table of some trials, with the same columns."""
        chosen = list(places)
        return TrialTable(
            tuple(self.trials[place] for place in chosen),
            self.factors,
            self.encoded[chosen],
            self.active[chosen],
            self.merits[chosen],
            self.trained[chosen],
            self.absent,
        )


def trial_table(trials: Sequence[Trial], *, higher_is_better: bool = True) -> TrialTable:
    """Return the table of the trials that tell something: measured at least once and not failed.

    A trial that was stopped early counts, with the share of the training that it had.
    """
    telling = [
        t for t in trials if math.isfinite(t.value) and t.state in (TrialState.SUCCEEDED, TrialState.PRUNED)
    ]
    telling = sorted(sorted(telling, key=lambda t: -_trained(t))[:_MOST], key=lambda t: t.number)
    settings = [_settings(trial) for trial in telling]
    names = list(dict.fromkeys(name for each in settings for name in each))
    factors: list[Factor] = []
    columns: list[NDArray[np.float64]] = []
    active: list[NDArray[np.bool_]] = []
    for name in names:
        values = [each.get(name) for each in settings]
        if len({value for value in values if value is not None}) < 2:
            continue
        block = _encoded(values)
        start = sum(column.shape[1] for column in columns)
        has = np.array([value is not None for value in values])
        factors.append(Factor(name, start, start + block.shape[1], _within(telling, has)))
        columns.append(block)
        active.append(has)
    sign = 1.0 if higher_is_better else -1.0
    return TrialTable(
        tuple(telling),
        tuple(factors),
        np.concatenate(columns, axis=1) if columns else np.zeros((len(telling), 0)),
        np.stack(active, axis=1) if active else np.zeros((len(telling), 0), dtype=bool),
        sign * np.array([trial.value for trial in telling], dtype=np.float64),
        np.array([_trained(trial) for trial in telling], dtype=np.float64),
        _absent(columns, active),
    )


def _settings(trial: Trial) -> Mapping[str, Scalar]:
    return {MODEL: trial.model, STRATEGY: trial.strategy, **trial.parameters}


def _trained(trial: Trial) -> float:
    return min(max(trial.curve[-1].fraction, 0.0), 1.0) if trial.curve else 1.0


def _within(trials: Sequence[Trial], has: NDArray[np.bool_]) -> tuple[str, ...]:
    if has.all():
        return ()
    return tuple(sorted({trial.strategy for trial, yes in zip(trials, has.tolist(), strict=True) if yes}))


def _absent(columns: Sequence[NDArray[np.float64]], active: Sequence[NDArray[np.bool_]]) -> NDArray[np.float64]:
    means = [block[has].mean(axis=0) for block, has in zip(columns, active, strict=True)]
    return np.concatenate(means) if means else np.zeros(0)


def _encoded(values: Sequence[Scalar | None]) -> NDArray[np.float64]:
    """Return the columns (N, C) of one factor, missing settings at the mean of the others."""
    present = [value for value in values if value is not None]
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in present):
        numbers = np.array([math.nan if value is None else float(value) for value in values])[:, None]
        low, high = np.nanmin(numbers), np.nanmax(numbers)
        if low > 0 and high / low >= _WIDE:
            numbers, low, high = np.log(numbers), math.log(low), math.log(high)
        block = (numbers - low) / (high - low)
    else:
        levels = sorted({str(value) for value in present})
        block = np.array(
            [
                [math.nan if value is None else float(str(value) == level) / math.sqrt(2.0) for level in levels]
                for value in values
            ]
        )
    return np.where(np.isnan(block), np.nanmean(block, axis=0), block)
