"""Every group against the rest: differences and ratios with intervals, and the gap that would have been seen.

All attributes, rates and groups of a report are solved as one array: bisection for one number at a time would be
most of an audit's time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.fairness.base import Difference, Ratio
from automl_tl.fairness.bounds import newcombe_bounds, normal_quantile, ratio_bounds
from automl_tl.fairness.compare import Examined
from automl_tl.fairness.metrics import FEW, student_quantile
from automl_tl.fairness.power import detectable_gaps

__all__ = ["RestTable", "detectable", "rest_tables"]

Key = tuple[str, str]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RestTable:
    """Differences and ratios of one rate by group; None where one side cannot be measured."""

    differences: tuple[Difference | None, ...]
    ratios: tuple[Ratio | None, ...]


def rest_tables(examined: Sequence[Examined], alpha: float) -> dict[Key, RestTable]:
    """Return by (attribute, rate) each group's difference and ratio to all other rows that rest on enough rows.

    Shares get Newcombe's and Miettinen-Nurminen's intervals, means Welch's and no ratio, since they may be 0 or
    negative.
    """
    keys, blocks = _share_blocks(examined)
    tables = {
        (entry.attribute, name): _mean_table(entry, name, alpha) for entry in examined for name in entry.means
    }
    if not blocks:
        return tables
    hits, sizes, rest_hits, rest_sizes = (np.concatenate(column) for column in zip(*blocks, strict=True))
    usable = (sizes >= FEW) & (rest_sizes >= FEW)
    m, n = np.maximum(sizes, 1), np.maximum(rest_sizes, 1)
    differences = np.stack(newcombe_bounds(hits, m, rest_hits, n, alpha), axis=1)
    low, high = ratio_bounds(hits, m, rest_hits, n, alpha)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.stack([(hits / m) / (rest_hits / n), low, high], axis=1)
    start = 0
    for key, block in zip(keys, blocks, strict=True):
        places = range(start, start + len(block[0]))
        tables[key] = RestTable(
            tuple(Difference(*differences[i].tolist()) if usable[i] else None for i in places),
            tuple(_ratio(ratios[i].tolist()) if usable[i] else None for i in places),
        )
        start += len(block[0])
    return tables


def detectable(examined: Sequence[Examined], levels: Mapping[Key, float]) -> dict[Key, Floats]:
    """Return by (attribute, rate) and group the gap to the rest, to the group's disadvantage, found 4 times of 5.

    ``levels`` is what each rate may use of the error budget; with more than two groups the largest of their gaps
    is tested, so that each of them may use a part of it. NaN where nothing was tested.
    """
    keys, blocks = _share_blocks(examined)
    found: dict[Key, Floats] = {}
    for entry in examined:
        for name, values in entry.means.items():
            sizes, rest = entry.sizes, np.maximum(entry.sizes.sum() - entry.sizes, 1)
            z = normal_quantile(
                1 - levels.get((entry.attribute, name), 0.05) / _sharers(entry, name) / 2
            ) + normal_quantile(0.8)
            known = values[entry.grouped.codes >= 0]
            spread = float(known.std(ddof=1)) if len(known) > 1 else np.nan
            gaps = z * spread * np.sqrt(1 / np.maximum(sizes, 1) + 1 / rest)
            found[entry.attribute, name] = _where_tested(entry, name, gaps)
    if not blocks:
        return found
    by_name = {entry.attribute: entry for entry in examined}
    shares, harms = [], []
    for (attribute, name), block in zip(keys, blocks, strict=True):
        shares.append(
            np.full(len(block[0]), levels.get((attribute, name), 0.05) / _sharers(by_name[attribute], name))
        )
        harms.append(np.full(len(block[0]), by_name[attribute].harm[name]))
    hits, sizes, rest_hits, rest_sizes = (np.concatenate(column) for column in zip(*blocks, strict=True))
    tested = (sizes >= FEW) & (rest_sizes >= FEW)
    gaps = np.full(len(sizes), np.nan)
    gaps[tested] = detectable_gaps(
        (hits + rest_hits)[tested] / (sizes + rest_sizes)[tested],
        sizes[tested],
        rest_sizes[tested],
        alpha=np.concatenate(shares)[tested],
        direction=np.concatenate(harms)[tested],
    )
    start = 0
    for (attribute, name), block in zip(keys, blocks, strict=True):
        mine = gaps[start : start + len(block[0])]
        found[attribute, name] = _where_tested(by_name[attribute], name, mine)
        start += len(block[0])
    return found


def _share_blocks(examined: Sequence[Examined]) -> tuple[list[Key], list[tuple[NDArray[np.int64], ...]]]:
    keys: list[Key] = []
    blocks: list[tuple[NDArray[np.int64], ...]] = []
    for entry in examined:
        for name in entry.counts.names:
            hits, sizes = entry.cells(name)
            keys.append((entry.attribute, name))
            rest_hits = np.asarray(hits.sum() - hits, dtype=np.int64)
            rest_sizes = np.asarray(sizes.sum() - sizes, dtype=np.int64)
            blocks.append((hits, sizes, rest_hits, rest_sizes))
    return keys, blocks


def _sharers(entry: Examined, name: str) -> int:
    test = entry.tests[name]
    if test is None or (entry.denominators(name) > 0).sum() <= 2:
        return 1
    return int(test.watched.sum())


def _where_tested(entry: Examined, name: str, gaps: Floats) -> Floats:
    test = entry.tests[name]
    return np.where(test.watched if test is not None else False, gaps, np.nan)


def _ratio(values: list[float]) -> Ratio:
    value, low, high = values
    return Ratio(value if np.isfinite(value) else None, low, high if np.isfinite(high) else None)


def _mean_table(entry: Examined, name: str, alpha: float) -> RestTable:
    codes, values = entry.grouped.codes, entry.means[name]
    differences: list[Difference | None] = []
    for group in range(len(entry.grouped.names)):
        own, rest = values[codes == group], values[(codes >= 0) & (codes != group)]
        enough = min(len(own), len(rest)) >= FEW
        differences.append(_welch(own, rest, alpha) if enough else None)
    return RestTable(tuple(differences), (None,) * len(differences))


def _welch(own: Floats, rest: Floats, alpha: float) -> Difference:
    """Return the difference of means with Welch's interval (Welch 1947, Biometrika 34, p. 28)."""
    first, second = own.var(ddof=1) / len(own), rest.var(ddof=1) / len(rest)
    variance = max(float(first + second), 1e-300)
    degrees = variance**2 / max(float(first**2 / (len(own) - 1) + second**2 / (len(rest) - 1)), 1e-300)
    half = student_quantile(1 - alpha / 2, max(degrees, 1.0)) * variance**0.5
    value = float(own.mean() - rest.mean())
    return Difference(value, value - half, value + half)
