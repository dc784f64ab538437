"""Asynchronous successive halving: which trials to stop early.

Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020 (ASHA), stopping variant: a trial
that reaches a rung goes on if it is in the top 1/eta of all that reached the rung so far.
"""

from __future__ import annotations

import numpy as np

__all__ = ["SuccessiveHalving"]


class SuccessiveHalving:
    """Decides at each rung whether a trial goes on.

    Parameters
    ----------
    eta
        A trial must be in the top ``1 / eta`` of its rung, > 1. The default 2 is milder than the paper's 3: a
        job here has tens of trials, and validation parts are small enough for rank 1 to be luck.
    patience
        This many trials pass every rung before any is stopped there, >= 1.
    last
        Rungs from here on never stop a trial. The default 6 is two thirds of a run: what is left is cheap, and
        with a falling learning rate it is where much of the gain comes from.
    """

    def __init__(self, *, eta: float = 2.0, patience: int = 2, last: int = 6) -> None:
        if eta <= 1:
            raise ValueError(f"eta must be above 1 but got {eta}")
        if patience < 1:
            raise ValueError(f"patience must be at least 1 but got {patience}")
        self._eta = eta
        self._patience = patience
        self._last = last
        self._rungs: dict[int, dict[str, float]] = {}

    def keeps(self, trial: str, rung: int, merit: float) -> bool:
        """Record the merit (larger is better) of a trial at a rung and return whether it goes on."""
        others = [value for name, value in self._rungs.setdefault(rung, {}).items() if name != trial]
        self._rungs[rung][trial] = merit
        if rung >= self._last or len(others) < self._patience:
            return True
        return merit >= float(np.quantile(others, 1 - 1 / self._eta))
