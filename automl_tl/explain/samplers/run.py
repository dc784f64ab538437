"""Round by round until the budget, the clock or the stability of the values says stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import DeadlineReached
from automl_tl.explain.game import Game, value_together
from automl_tl.explain.samplers.base import Estimate, Sampler
from automl_tl.explain.samplers.exact import Exact

__all__ = ["BUDGET", "COMPLETE", "DEADLINE", "STABLE", "Sampling", "is_stable", "run_sampler", "run_together"]

COMPLETE, STABLE, BUDGET, DEADLINE = "complete", "stable", "budget", "deadline"
_STABILITY = 0.95
_NOISE = 0.01
_NEGLIGIBLE = 1e-3


class Sampling:
    """One game's sampler at work.

    Attributes
    ----------
    stopped
        Why it ended: ``complete``, ``stable``, ``budget`` or ``deadline``; "" while it goes on.
    """

    def __init__(self, game: Game, sampler: Sampler, outputs: Sequence[int]) -> None:
        self.game = game
        self.sampler = sampler
        self.stopped = ""
        self._outputs = list(outputs)

    def ask(self) -> NDArray[np.bool_] | None:
        """Return the next round's coalitions, None when sampling has ended."""
        if self.stopped:
            return None
        if not isinstance(self.sampler, Exact) and is_stable(self.sampler.estimate()):
            self.stopped = STABLE
            return None
        masks = self.sampler.ask()
        if masks is None:
            self.stopped = COMPLETE if isinstance(self.sampler, Exact) else BUDGET
        return masks

    def tell(self, values: NDArray[np.float64]) -> None:
        """Take all outputs (B, C) of the round."""
        self.sampler.tell(values[:, self._outputs])


def is_stable(estimate: Estimate | None) -> bool:
    """Return whether more evaluations would hardly change anything.

    Another seed's ranks would correlate by 0.95, and errors are at most 1 % of the variance of the values, of
    every output that counts beside the others.
    """
    if estimate is None or not estimate.stability >= _STABILITY:
        return False
    noise, spread = (estimate.errors**2).mean(axis=0), estimate.values.var(axis=0)
    return bool(np.all((noise <= _NOISE * spread) | (spread < _NEGLIGIBLE**2 * spread.max())))


def run_together(samplings: Sequence[Sampling], heard: Callable[[], None] = lambda: None) -> None:
    """Run samplings side by side, a round of each in common batches; ``heard`` is called each round."""
    going = list(samplings)
    while going:
        asked = [(sampling, sampling.ask()) for sampling in going]
        wanted = [(sampling, masks) for sampling, masks in asked if masks is not None]
        try:
            values = value_together([s.game for s, _ in wanted], [masks for _, masks in wanted])
        except DeadlineReached:
            for sampling, _ in wanted:
                sampling.stopped = DEADLINE
            return
        for (sampling, _), told in zip(wanted, values, strict=True):
            sampling.tell(told)
        going = [sampling for sampling, _ in wanted]
        heard()


def run_sampler(game: Game, sampler: Sampler, outputs: Sequence[int]) -> Estimate | None:
    """Run one sampler to its end and return what it knows."""
    run_together([Sampling(game, sampler, outputs)])
    return sampler.estimate()
