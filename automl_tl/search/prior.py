"""Configurations drawn around what is known to work, before there are results to learn from.

Hvarfner et al., "piBO: Augmenting Acquisition Functions with User Beliefs", ICLR 2022, and Mallik et al.,
"PriorBand", NeurIPS 2023: beliefs help early and must fade, so that wrong ones cost little.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from automl_tl.search.space import Parameter, Scalar, SearchSpace, Situation

__all__ = ["around_default", "draw", "model_weights", "share_of_prior"]

_SPREAD = 0.2
"""Standard deviation around the default, as a share of the range."""
_DEFAULT_CHOICE = 0.5
"""Probability of the default of a categorical; the others share the rest."""
_LEAST_SHARE = 0.3
_FADED_AFTER = 40
_UNDECIDED = 0.5
"""How much of a model's weight does not depend on the ranking."""


def share_of_prior(trials: int) -> float:
    """Return how probably the next configuration comes from the prior: 1 at first, never below 0.3."""
    return max(_LEAST_SHARE, 1 - trials / _FADED_AFTER)


def model_weights(models: Sequence[str], probability_best: Mapping[str, float]) -> dict[str, float]:
    """Return the probability of drawing each model: half by P(best), half alike; alike where P is unknown."""
    known = {model: probability_best.get(model, math.nan) for model in models}
    total = sum(known.values())
    if not total > 0:  # one NaN makes the sum NaN: then nobody knows
        return {model: 1 / len(models) for model in models}
    return {model: _UNDECIDED / len(models) + (1 - _UNDECIDED) * known[model] / total for model in models}


def draw(
    space: SearchSpace,
    situations: Mapping[str, Situation],
    weights: Mapping[str, float],
    rng: np.random.Generator,
) -> tuple[str, str, dict[str, Scalar]]:
    """Return model, strategy and parameters; strategies of the portfolio count once more for each recipe there."""
    models = list(weights)
    model = models[int(rng.choice(len(models), p=np.array(list(weights.values())) / sum(weights.values())))]
    situation = situations[model]
    active = space.active_strategies(situation)
    named = [entry.strategy for entry in space.portfolio if entry.when.holds(situation)]
    votes = np.array([1.0 + named.count(strategy.name) for strategy in active])
    strategy = active[int(rng.choice(len(active), p=votes / votes.sum()))]
    return model, strategy.name, {entry.name: around_default(entry, rng) for entry in strategy.active(situation)}


def around_default(parameter: Parameter, rng: np.random.Generator) -> Scalar:
    """Return a value near the default: normal on the parameter's own scale, cut off at its range."""
    if parameter.kind == "categorical":
        others = [choice for choice in parameter.choices if choice != parameter.default]
        if not others or rng.random() < _DEFAULT_CHOICE:
            return parameter.default
        return others[int(rng.integers(len(others)))]
    centre = parameter.position(parameter.default)
    place = rng.normal(centre, _SPREAD)
    while not 0 <= place <= 1:
        place = rng.normal(centre, _SPREAD)
    return parameter.at(place)
