"""Hold every way of ordering candidates against the truth table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from automl_tl.truth.figures import Agreement, agreement, random_agreement
from automl_tl.truth.methods import OURS, PROBE_ONLY, STATIC

__all__ = ["CHOSEN", "RANDOM", "Results", "chosen_alone", "mean_of", "pooled", "results_of"]

CHOSEN = "single score chosen elsewhere"
RANDOM = "random order"
_NOT_ALONE = (OURS, PROBE_ONLY, STATIC, RANDOM)

Values = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Results:
    """Agreement by method and data set, averaged over the seeds of the data set.

    ``left_out`` names the methods that have values for some of the data sets only; they cannot be compared.
    """

    by_method: Mapping[str, Mapping[str, Agreement]]
    left_out: tuple[str, ...] = ()

    def figure(self, method: str, name: str) -> dict[str, float]:
        """Return one figure of a method by data set."""
        return {data: getattr(each, name) for data, each in self.by_method[method].items()}


def results_of(truth: Mapping[str, NDArray[np.float64]], values: Mapping[str, Mapping[int, Values]]) -> Results:
    """Compare all methods on all data sets.

    Parameters
    ----------
    truth
        Metric (M,) by data set.
    values
        By data set and seed, each method's values (M,).
    """
    draws = [each for by_seed in values.values() for each in by_seed.values()]
    if not draws:
        return Results({})
    everywhere = set.intersection(*(set(each) for each in draws))
    left_out = set().union(*draws) - everywhere
    found: dict[str, dict[str, Agreement]] = {
        method: {
            data: mean_of([agreement(truth[data], each[method]) for each in by_seed.values()])
            for data, by_seed in values.items()
        }
        for method in sorted(everywhere)
    }
    found[RANDOM] = {data: random_agreement(truth[data]) for data in values}
    chosen = chosen_alone(found)
    return Results({**found, CHOSEN: chosen} if chosen else found, tuple(sorted(left_out)))


def chosen_alone(found: Mapping[str, Mapping[str, Agreement]]) -> dict[str, Agreement]:
    """Return, by data set, the agreement of the single score with the best weighted tau on all other data sets.

    Scores that tie there are averaged. Empty with one data set, or without scores.
    """
    alone = {name: each for name, each in found.items() if name not in _NOT_ALONE}
    datasets = next(iter(alone.values()), {})
    if len(datasets) < 2:
        return {}
    chosen = {}
    for data in datasets:
        elsewhere = {
            name: round(float(np.mean([one.weighted_tau for other, one in each.items() if other != data])), 9)
            for name, each in alone.items()
        }
        best = max(elsewhere.values())
        chosen[data] = mean_of([alone[name][data] for name in alone if elsewhere[name] == best])
    return chosen


def mean_of(each: Sequence[Agreement]) -> Agreement:
    """Return the mean of every figure."""
    return Agreement(*(float(np.mean([getattr(one, field.name) for one in each])) for field in fields(Agreement)))


def pooled(results: Sequence[Results]) -> Results:
    """Return the results of several benches as one, for methods known to all; no data set is in two."""
    methods = [name for name in results[0].by_method if all(name in each.by_method for each in results)]
    return Results({name: {k: v for each in results for k, v in each.by_method[name].items()} for name in methods})
