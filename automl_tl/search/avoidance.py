"""What is not tried: what cannot fit into memory, and what failed before."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from automl_tl.finetune.recipe import Recipe
from automl_tl.search.failures import Blame, blame_of
from automl_tl.search.space import Scalar
from automl_tl.search.trial import Trial, TrialState

__all__ = ["Avoidance", "MemoryLimit"]

_STRIKES = 2
_DEFAULTS = Recipe(strategy="")


@dataclass(frozen=True)
class MemoryLimit:
    """What training needs by model, before it is tried.

    Attributes
    ----------
    available
        Bytes that a trial may use; infinity where nobody knows.
    fixed, per_example
        Bytes by model id: weights with gradients and moments, and what each example of a batch adds.
    """

    available: float = math.inf
    fixed: Mapping[str, float] = field(default_factory=dict)
    per_example: Mapping[str, float] = field(default_factory=dict)

    def holds(self, model: str, batch_size: int) -> bool:
        """Return whether a batch of a model is expected to fit; true where nothing is known."""
        return not self.needed(model, batch_size) > self.available

    def needed(self, model: str, batch_size: int) -> float:
        """Return the bytes that a batch of a model is expected to take; NaN where nothing is known."""
        return self.fixed.get(model, math.nan) + batch_size * self.per_example.get(model, math.nan)


class Avoidance:
    """Says whether a configuration may be tried.

    A batch that did not fit is not tried again with the same model, nor a larger one; a learning rate at which the
    run diverged is not tried again with the same model and strategy, nor a larger one; a model that failed twice
    for other reasons before anything of it was trained is not tried at all. Running out of time is no failure of
    the model.
    """

    def __init__(self, memory: MemoryLimit | None = None) -> None:
        self._memory = memory or MemoryLimit()
        self._failed: dict[str, str] = {}
        self._worked: set[str] = set()
        self._batches: dict[str, float] = {}
        self._rates: dict[tuple[str, str], float] = {}

    def note(self, trial: Trial) -> None:
        """Learn from a trial; a later row of the same trial replaces what an earlier one said."""
        if trial.state is not TrialState.FAILED:
            if any(point.update > 0 for point in trial.curve):
                self._worked.add(trial.model)
            return
        blame = blame_of(trial)
        if blame is Blame.TIME:
            return
        if blame is Blame.MEMORY:
            batch = _figure(trial.parameters, "batch_size")
            self._batches[trial.model] = min(batch, self._batches.get(trial.model, math.inf))
        elif blame is Blame.DIVERGENCE:
            key = trial.model, trial.strategy
            self._rates[key] = min(_figure(trial.parameters, "learning_rate"), self._rates.get(key, math.inf))
        else:
            self._failed[trial.id] = trial.model

    def struck(self, model: str) -> bool:
        """Return whether a model has proved unusable."""
        failures = sum(1 for failed in self._failed.values() if failed == model)
        return model not in self._worked and failures >= _STRIKES

    def allows(self, model: str, strategy: str, parameters: Mapping[str, Scalar]) -> bool:
        """Return whether this configuration may be tried."""
        if self.struck(model):
            return False
        batch = _figure(parameters, "batch_size")
        if batch >= self._batches.get(model, math.inf) or not self._memory.holds(model, int(batch)):
            return False
        return _figure(parameters, "learning_rate") < self._rates.get((model, strategy), math.inf)


def _figure(parameters: Mapping[str, Scalar], name: str) -> float:
    return float(parameters.get(name, getattr(_DEFAULTS, name)))
