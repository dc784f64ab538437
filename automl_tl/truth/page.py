"""A comparison as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from automl_tl.truth.bench import Compared
from automl_tl.truth.compare import CHOSEN, RANDOM
from automl_tl.truth.figures import mean_interval, noise_ceiling, paired_interval
from automl_tl.truth.methods import OURS, PROBE_ONLY, STATIC

__all__ = ["lines"]

_FIRST = (OURS, PROBE_ONLY, STATIC, "knn", "linear_probe", CHOSEN, RANDOM)


def lines(compared: Compared) -> Iterator[str]:
    """Yield the tables: the truth with its noise ceiling, every method with intervals, and paired differences."""
    results = compared.results
    yield from _truth(compared)
    yield ""
    yield "| method | weighted tau | of the ceiling | tau | regret@1, points | regret@3 | best among the top 3 |"
    yield "|---|---|---|---|---|---|---|"
    ceilings = {data: noise_ceiling(each) for data, each in compared.truth.items()}
    for method in _ordered(tuple(results.by_method)):
        tau = results.figure(method, "weighted_tau")
        share = [tau[data] / ceilings[data] for data in tau if ceilings[data] > 0]
        cells = [
            _interval(list(tau.values()), 2),
            f"{np.mean(share):.2f}" if share else "",
            _interval(list(results.figure(method, "tau").values()), 2),
            _interval(list(results.figure(method, "regret_1").values()), 1),
            _interval(list(results.figure(method, "regret_3").values()), 1),
            f"{np.mean(list(results.figure(method, 'top_3').values())):.0%}",
        ]
        yield f"| {method} | " + " | ".join(cells) + " |"
    if len(compared.truth) > 1:
        yield ""
        yield "Our ranking minus another, paired over data sets (95 % bootstrap):"
        yield ""
        yield "| against | weighted tau | regret@1, points |"
        yield "|---|---|---|"
        for method in (STATIC, "knn", "linear_probe", CHOSEN, RANDOM):
            if method in results.by_method:
                cells = [_paired(compared, method, name, 2) for name in ("weighted_tau", "regret_1")]
                yield f"| {method} | " + " | ".join(cells) + " |"


def _truth(compared: Compared) -> Iterator[str]:
    yield "| data set | candidates | seeds | best, mean over seeds | second | last | ceiling of weighted tau |"
    yield "|---|---|---|---|---|---|---|"
    for data, per_seed in compared.truth.items():
        means, models = per_seed.mean(axis=0), compared.models[data]
        order = np.argsort(-means)
        named = [f"{models[place]} {100 * means[place]:.1f}" for place in (order[0], order[1], order[-1])]
        yield (
            f"| {data} | {len(models)} | {len(per_seed)} | "
            + " | ".join(named)
            + f" | {noise_ceiling(per_seed):.2f} |"
        )


def _ordered(methods: Sequence[str]) -> list[str]:
    return [method for method in _FIRST if method in methods] + sorted(set(methods) - set(_FIRST))


def _interval(values: list[float], digits: int) -> str:
    mean, low, high = mean_interval(values)
    return f"{mean:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def _paired(compared: Compared, method: str, figure: str, digits: int) -> str:
    results = compared.results
    mean, low, high = paired_interval(results.figure(OURS, figure), results.figure(method, figure))
    return f"{mean:+.{digits}f} ({low:+.{digits}f} to {high:+.{digits}f})"
