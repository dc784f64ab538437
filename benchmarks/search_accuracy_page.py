"""What the search comparison's table says: means, and tests against the linear probe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from benchmarks.search_accuracy_table import OURS, PROBE, Row

__all__ = ["holm", "page", "sign_flip"]

_FLIPS = 20_000
_LEVEL = 0.05


def page(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the table of means and the tests."""
    data = tuple(dict.fromkeys(row.data for row in rows))
    arms = tuple(dict.fromkeys(row.arm for row in rows))
    if not rows:
        return
    head = ("test accuracy in %, mean of the seeds there", *data, "mean", "ours more by (draws)", "CPU s")
    yield f"| {' | '.join(head)} |"
    yield "|---" * (len(data) + 4) + "|"
    for arm in arms:
        own = [row for row in rows if row.arm == arm]
        per_data = [[row.accuracy for row in own if row.data == each] for each in data]
        cells = [f"{100 * np.mean(each):.1f}" if each else "-" for each in per_data]
        mean = f"{100 * np.mean([np.mean(each) for each in per_data]):.1f}" if all(per_data) else "-"
        ahead, seconds = _ours_ahead(rows, arm), np.median([row.seconds for row in own])
        yield f"| {arm} | {' | '.join(cells)} | {mean} | {ahead} | {seconds:.0f} |"
    yield ""
    yield from _against_probe(rows, data)


def _ours_ahead(rows: Sequence[Row], arm: str) -> str:
    """Return how many points our search is above an arm on the draws that both were measured on."""
    ours, other = ({(row.data, row.seed): row.accuracy for row in rows if row.arm == name} for name in (OURS, arm))
    draws = [draw for draw in other if draw in ours]
    if arm == OURS or not draws:
        return "-"
    return f"{100 * np.mean([ours[draw] - other[draw] for draw in draws]):+.1f} ({len(draws)})"


def _against_probe(rows: Sequence[Row], data: Sequence[str]) -> Iterator[str]:
    found = {(row.data, row.seed, row.arm): row.right for row in rows}
    pairs = {
        (name, seed): (found[name, seed, OURS], found[name, seed, PROBE])
        for name, seed in dict.fromkeys((row.data, row.seed) for row in rows)
        if (name, seed, OURS) in found and (name, seed, PROBE) in found
    }
    if not pairs:
        return
    single = holm([_worse(ours, probe) for ours, probe in pairs.values()])
    below = sum(p <= _LEVEL for p in single)
    yield f"Of {len(pairs)} draws (data set x seed) {below} are significantly below the linear probe (exact"
    yield "McNemar test of the paired answers, one-sided, Holm over all draws)."
    gains, names = [], [name for name in data if any(key[0] == name for key in pairs)]
    for name in names:
        several = [ours.astype(float) - probe for (other, _), (ours, probe) in pairs.items() if other == name]
        gains.append(np.mean(several, axis=0))
    p_values = holm([sign_flip(each) for each in gains])
    told = [
        f"{name} {100 * each.mean():+.1f} (p = {p:.3f})"
        for name, each, p in zip(names, gains, p_values, strict=True)
    ]
    better = sum(p <= _LEVEL for p in p_values)
    mean = 100 * np.mean([each.mean() for each in gains])
    yield f"Gain over the linear probe in points: {', '.join(told)}; mean {mean:+.1f}."
    yield f"Significantly better on {better} of {len(names)} data sets (test rows' signs flipped, Holm)."


def _worse(ours: NDArray[np.bool_], probe: NDArray[np.bool_]) -> float:
    """Return the one-sided p of McNemar's exact test that ours is worse."""
    lost, won = int((probe & ~ours).sum()), int((ours & ~probe).sum())
    return float(binomtest(lost, lost + won, alternative="greater").pvalue) if lost + won else 1.0


def sign_flip(gains: NDArray[np.float64], *, seed: int = 0) -> float:
    """Return the one-sided p that gains per test row (N,), averaged over seeds, have a mean above 0."""
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(_FLIPS, len(gains)))
    return float((1 + (signs @ gains >= gains.sum() - 1e-9).sum()) / (1 + _FLIPS))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values that hold over the whole family (Holm, Scandinavian Journal of Statistics 1979)."""
    order = np.argsort(p_values)
    adjusted = np.empty(len(order))
    highest = 0.0
    for place, index in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - place) * p_values[index]))
        adjusted[index] = highest
    return adjusted.tolist()
