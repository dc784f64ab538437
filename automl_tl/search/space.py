"""The search space: which parameters a strategy has, in which range, and which recipes to try first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from automl_tl.zoo.card import ModelCard

__all__ = [
    "KINDS",
    "Bounds",
    "Condition",
    "Parameter",
    "PortfolioRecipe",
    "SearchSpace",
    "Situation",
    "StrategySpace",
]

Scalar = str | int | float | bool

KINDS = ("log_float", "float", "int", "categorical")
"""How a parameter is drawn."""


@dataclass(frozen=True)
class Situation:
    """What conditions look at: one candidate model on one dataset.

    ``model_parameters`` is 0 where the card does not say; bounds on it then never hold. ``imbalance`` is the size
    of the largest class, or the number of rows with the most frequent label, over that of the smallest among the
    training examples, 1 for numbers.
    """

    family: str
    model_parameters: int
    train_examples: int
    classes: int
    imbalance: float = 1.0

    @classmethod
    def of(cls, card: ModelCard, *, train_examples: int, classes: int, imbalance: float = 1.0) -> Situation:
        """Return the situation of one card on a dataset of this size."""
        return cls(card.family, card.parameters, train_examples, classes, imbalance)


@dataclass(frozen=True)
class Bounds:
    """The half-open interval [at_least, below)."""

    at_least: float = -math.inf
    below: float = math.inf

    def holds(self, value: float) -> bool:
        """Return whether ``value`` lies in the interval; NaN lies in none."""
        return self.at_least <= value < self.below

    def __str__(self) -> str:
        """Return the bounds in words."""
        parts = (f"at least {self.at_least:g}", f"below {self.below:g}")
        given = (math.isfinite(self.at_least), math.isfinite(self.below))
        return " and ".join(part for part, there in zip(parts, given, strict=True) if there)


@dataclass(frozen=True)
class Condition:
    """When an entry of the space applies; every given part must hold, an empty condition always does."""

    families: tuple[str, ...] = ()
    model_parameters: Bounds | None = None
    train_examples: Bounds | None = None
    examples_per_class: Bounds | None = None
    classes: Bounds | None = None
    imbalance: Bounds | None = None

    def holds(self, situation: Situation) -> bool:
        """Return whether the entry applies to this model on this dataset."""
        return not self.broken(situation)

    def broken(self, situation: Situation) -> tuple[str, ...]:
        """Return the parts that do not hold, each as rule and value; () where the entry applies."""
        rules = []
        if self.families and situation.family not in self.families:
            rules.append(f"family must be {' or '.join(self.families)} but is {situation.family}")
        figures = {
            "model_parameters": (self.model_parameters, situation.model_parameters or math.nan),
            "train_examples": (self.train_examples, situation.train_examples),
            "examples_per_class": (self.examples_per_class, situation.train_examples / max(situation.classes, 1)),
            "classes": (self.classes, situation.classes),
            "imbalance": (self.imbalance, situation.imbalance),
        }
        for name, (bounds, value) in figures.items():
            if bounds is not None and not bounds.holds(value):
                told = "unknown" if math.isnan(value) else f"{value:g}"
                rules.append(f"{name} must be {bounds} but is {told}")
        return tuple(rules)


@dataclass(frozen=True)
class Parameter:
    """One hyperparameter of one strategy under one condition.

    Attributes
    ----------
    key
        Unique name inside the space, ``{strategy}.{name}.{variant}``; two ranges never share a key.
    name
        Field of :class:`~automl_tl.finetune.recipe.Recipe`.
    kind
        One of :data:`KINDS`.
    low, high
        Closed range of numeric kinds.
    choices
        Values of a categorical.
    default
        Value of portfolio recipes that do not name the parameter.
    when
        Where the range applies.
    """

    key: str
    name: str
    kind: str
    default: Scalar
    low: float = math.nan
    high: float = math.nan
    choices: tuple[Scalar, ...] = ()
    when: Condition = Condition()

    def contains(self, value: Scalar) -> bool:
        """Return whether ``value`` may be drawn."""
        if self.kind == "categorical":
            return value in self.choices
        return isinstance(value, int | float) and not isinstance(value, bool) and self.low <= value <= self.high

    def position(self, value: Scalar) -> float:
        """Return where a value of a numeric kind stands in its range, from 0 to 1 on the parameter's own scale."""
        low, high, at = self.low, self.high, float(value)
        if self.kind == "log_float":
            low, high, at = math.log(low), math.log(high), math.log(at)
        return (at - low) / (high - low)

    def at(self, position: float) -> Scalar:
        """Return the value of a numeric kind at a position in [0, 1]; the inverse of :meth:`position`."""
        if self.kind == "log_float":
            value = math.exp(math.log(self.low) + position * (math.log(self.high) - math.log(self.low)))
        else:
            value = self.low + position * (self.high - self.low)
        return self.nearest(round(value) if self.kind == "int" else value)

    def nearest(self, value: Scalar) -> Scalar:
        """Return the allowed value closest to ``value``: clipped into the range, or the default choice."""
        if self.kind == "categorical" or isinstance(value, str):
            return value if self.contains(value) else self.default
        clipped = min(max(value, self.low), self.high)
        return int(clipped) if self.kind == "int" else float(clipped)


@dataclass(frozen=True)
class StrategySpace:
    """The parameters of one strategy; of several entries with one name the first whose condition holds counts."""

    name: str
    parameters: tuple[Parameter, ...]
    when: Condition = Condition()

    def active(self, situation: Situation) -> tuple[Parameter, ...]:
        """Return the parameters to draw in this situation, at most one per name."""
        found = self._active.get(situation)
        if found is None:
            chosen: dict[str, Parameter] = {}
            for parameter in self.parameters:
                if parameter.name not in chosen and parameter.when.holds(situation):
                    chosen[parameter.name] = parameter
            found = self._active[situation] = tuple(chosen.values())
        return found

    @cached_property
    def _active(self) -> dict[Situation, tuple[Parameter, ...]]:
        """What was found before: a search asks thousands of times for the same few situations."""
        return {}


@dataclass(frozen=True)
class PortfolioRecipe:
    """A recipe that is known to be good: tried before anything is sampled."""

    strategy: str
    parameters: Mapping[str, Scalar] = field(default_factory=dict)
    when: Condition = Condition()


@dataclass(frozen=True)
class SearchSpace:
    """Strategies with their parameters, and the recipes to try first, best first."""

    name: str
    modality: str
    strategies: tuple[StrategySpace, ...]
    portfolio: tuple[PortfolioRecipe, ...] = ()

    def strategy(self, name: str) -> StrategySpace:
        """Return the strategy called ``name``; raises KeyError."""
        return self._by_name[name]

    def active_strategies(self, situation: Situation) -> tuple[StrategySpace, ...]:
        """Return the strategies to search in this situation."""
        found = self._active.get(situation)
        if found is None:
            found = tuple(strategy for strategy in self.strategies if strategy.when.holds(situation))
            self._active[situation] = found
        return found

    def complete(self, entry: PortfolioRecipe, situation: Situation) -> dict[str, Scalar]:
        """Return a portfolio entry with defaults filled in, each value moved into the range that applies here."""
        return {
            parameter.name: parameter.nearest(entry.parameters.get(parameter.name, parameter.default))
            for parameter in self.strategy(entry.strategy).active(situation)
        }

    @cached_property
    def _by_name(self) -> dict[str, StrategySpace]:
        return {strategy.name: strategy for strategy in self.strategies}

    @cached_property
    def _active(self) -> dict[Situation, tuple[StrategySpace, ...]]:
        return {}
