"""Hold every way of ordering candidates against the truth table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from automl_tl.truth.figures import Agreement, agreement
from automl_tl.truth.methods import OURS, PROBE_ONLY, STATIC

__all__ = ["CHOSEN", "RANDOM", "Results", "chosen_alone", "random_agreement", "results_of"]

CHOSEN = "the score chosen on the other data sets"
RANDOM = "random"
_NOT_ALONE = (OURS, PROBE_ONLY, STATIC)
_PERMUTATIONS = 500

Values = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Results:
    """Agreement by method and data set, averaged over the seeds of the data set."""

    by_method: Mapping[str, Mapping[str, Agreement]]

    def figure(self, method: str, name: str) -> dict[str, float]:
        """Return one figure of a method by data set."""
        return {data: getattr(each, name) for data, each in self.by_method[method].items()}


def results_of(truth: Mapping[str, np.ndarray], values: Mapping[str, Mapping[int, Values]]) -> Results:
    """Compare all methods on all data sets.

    Parameters
    ----------
    truth
        Metric (M,) by data set.
    values
        By data set and seed, each method's values (M,).
    """
    found: dict[str, dict[str, Agreement]] = {}
    for data, by_seed in values.items():
        methods = set.intersection(*(set(each) for each in by_seed.values()))
        for method in sorted(methods):
            each = [agreement(truth[data], by_seed[seed][method]) for seed in by_seed]
            found.setdefault(method, {})[data] = mean_of(each)
        found.setdefault(RANDOM, {})[data] = random_agreement(truth[data])
    results = Results({name: each for name, each in found.items() if len(each) == len(values)})
    return Results({**results.by_method, CHOSEN: chosen_alone(results)}) if len(values) > 1 else results


def chosen_alone(results: Results) -> dict[str, Agreement]:
    """Return the agreement of the single score that did best on all other data sets, data set by data set."""
    alone = {name: each for name, each in results.by_method.items() if name not in (*_NOT_ALONE, RANDOM)}
    chosen = {}
    for data in next(iter(alone.values())):
        elsewhere = {
            name: np.mean([one.weighted_tau for other, one in each.items() if other != data])
            for name, each in sorted(alone.items())
        }
        chosen[data] = alone[max(elsewhere, key=lambda name: elsewhere[name])][data]
    return chosen


def random_agreement(truth: np.ndarray) -> Agreement:
    """Return what a random order is expected to reach."""
    rng = np.random.default_rng(0)
    return mean_of([agreement(truth, rng.permutation(len(truth)).astype(float)) for _ in range(_PERMUTATIONS)])


def mean_of(each: list[Agreement]) -> Agreement:
    """Return the mean of every figure."""
    return Agreement(*(float(np.mean([getattr(one, field.name) for one in each])) for field in fields(Agreement)))
