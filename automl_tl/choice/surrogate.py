"""Which model of the trials' results foretells trials that it has not seen, and how well."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from automl_tl.choice.base import Surrogate
from automl_tl.choice.gaussian import GaussianProcess, fit_gaussian_process
from automl_tl.choice.product_game import Terms
from automl_tl.choice.table import TrialTable
from automl_tl.choice.trees import fit_extra_trees

__all__ = ["Fitted", "choose_surrogate"]

Floats = NDArray[np.float64]
_MOST_FOLDS = 60
_STEPS_AGAIN = 12
"""Of the optimiser, where the process of a table that differs by a row or a tenth is known already."""


class Model(Protocol):
    """What both kinds of surrogate can do."""

    def predict(self, table: TrialTable, trained: Floats) -> Floats:
        """Return the expected merits (N,)."""

    def terms(self, table: TrialTable) -> Terms:
        """Return the model on fully trained configurations as a sum of products."""


@dataclass(frozen=True)
class Fitted:
    """The chosen surrogate on all trials; ``again`` fits the same kind to a part of them."""

    facts: Surrogate
    model: Model
    again: Callable[[TrialTable], Model]


def choose_surrogate(table: TrialTable, *, seed: int = 0, check: Callable[[], None] = lambda: None) -> Fitted:
    """Fit both kinds and take the one with the larger leave-one-out R2.

    Every fold fits its model anew, parameters included; beyond 60 trials there are 60 folds. R2 compares with what
    the share of training foretells by itself: that trials which were stopped early are worse is no model's merit.
    ``check`` is called before every fold; what it raises ends the work.
    """
    process = fit_gaussian_process(table)

    def again(part: TrialTable) -> GaussianProcess:
        return fit_gaussian_process(part, process.theta, _STEPS_AGAIN)

    def grown(part: TrialTable) -> Model:
        return fit_extra_trees(part, seed=seed)

    smooth, stepwise = left_out_r2(table, again, check), left_out_r2(table, grown, check)
    if stepwise > smooth:
        return Fitted(Surrogate("extra_trees", smooth, stepwise), grown(table), grown)
    return Fitted(Surrogate("gaussian_process", smooth, stepwise), process, again)


def left_out_r2(
    table: TrialTable, fit: Callable[[TrialTable], Model], check: Callable[[], None] = lambda: None
) -> float:
    """Return by how much left-out trials are foretold better than by their share of training alone."""
    errors, plain = 0.0, 0.0
    for left_out in folds(len(table.trials)):
        check()
        kept = np.setdiff1d(np.arange(len(table.trials)), left_out)
        part, other = table.rows(kept.tolist()), table.rows(left_out.tolist())
        errors += float(((fit(part).predict(other, other.trained) - other.merits) ** 2).sum())
        plain += float(((_by_training(part, other.trained) - other.merits) ** 2).sum())
    return 1.0 - errors / plain if plain > 0 else -math.inf


def folds(rows: int, most: int = _MOST_FOLDS) -> list[NDArray[np.int64]]:
    """Return the rows of each fold: one row each, or as many folds as there may be."""
    return [np.arange(first, rows, min(rows, most)) for first in range(min(rows, most))]


def _by_training(table: TrialTable, trained: Floats) -> Floats:
    """Return what a straight line in the share of training foretells; the mean where all trained alike."""
    centred = table.trained - table.trained.mean()
    spread = float(centred @ centred)
    slope = float(centred @ table.merits) / spread if spread > 1e-12 else 0.0
    return np.asarray(table.merits.mean() + slope * (trained - table.trained.mean()))
