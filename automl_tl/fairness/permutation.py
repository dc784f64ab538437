"""Could a gap this large be chance? Permutation tests of the largest gap between a group and the rest.

Shuffling group labels is the null hypothesis that group membership does not matter; a bootstrap interval of the
largest gap is no test of it, since it almost never contains 0. For shares the law of all shuffles is multivariate
hypergeometric and is summed exactly; for means shuffles are drawn.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["gap_p_value", "log_choose", "mean_gap_p_values", "standard_gaps"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TIE = 1e-9
_LARGEST_BLOCK = 4_000_000


def standard_gaps(hits: Ints, sizes: Ints) -> Floats:
    """Return each group's hits minus the expected, in standard deviations of the shuffle, float64 (G,).

    That is its gap to the rest of the population in units of chance, so that small groups, whose gaps are large by
    chance, do not hide the others. 0 where a shuffle cannot change anything.
    """
    total, rows = int(hits.sum()), int(sizes.sum())
    if rows < 2 or total in (0, rows):
        return np.zeros(len(sizes))
    share = total / rows
    deviation = np.sqrt(sizes * share * (1 - share) * (rows - sizes) / (rows - 1))
    return np.where(deviation > 0, (hits - sizes * share) / np.where(deviation > 0, deviation, 1.0), 0.0)


def gap_p_value(hits: Ints, sizes: Ints, watched: NDArray[np.bool_] | None = None) -> float:
    """Return P(largest standardised gap of a group to the rest >= the observed one) over all shuffles of groups.

    Exact: given the totals, hits are independent binomials that add up to the total, so that the probability of no
    group being so far off is one convolution of truncated binomials. Equal to the two-sided exact test of a
    two-by-two table with two groups.

    Parameters
    ----------
    hits, sizes
        int64 (G,): right answers and rows of each group, G >= 2, sizes positive.
    watched
        bool (G,): groups whose gaps count; the others only belong to the rest. None watches all.
    """
    hits, sizes = np.asarray(hits, dtype=np.int64), np.asarray(sizes, dtype=np.int64)
    total, rows = int(hits.sum()), int(sizes.sum())
    seen = np.ones(len(sizes), dtype=bool) if watched is None else np.asarray(watched, dtype=bool)
    gaps = np.abs(standard_gaps(hits, sizes))[seen]
    if total in (0, rows) or not len(gaps) or gaps.max() <= _TIE:
        return 1.0
    windows = _windows(sizes[seen], total, rows, float(gaps.max()))
    if len(sizes) == 2 or seen.sum() == 1:
        return min(1.0, _outside(int(sizes[seen][0]), *windows[0], total, rows))
    share = total / rows
    inside = np.ones(1)
    start = 0
    for size, (low, high) in zip(sizes[seen].tolist(), windows, strict=True):
        if high < low:
            return 1.0
        inside = np.convolve(inside, _binomial(size, low, high, share))
        start += low
    spare = int(sizes[~seen].sum())
    if spare:
        inside = np.convolve(inside, _binomial(spare, 0, spare, share))
    place = total - start
    weight = float(inside[place]) if 0 <= place < len(inside) else 0.0
    p_value = 1.0 - weight / float(_binomial(rows, total, total, share)[0])
    if p_value > 1e-9:
        return min(1.0, p_value)
    # Nothing is left of the digits of 1 - x: the sum over groups bounds the same probability from above.
    bound = sum(_outside(int(n), *w, total, rows) for n, w in zip(sizes[seen], windows, strict=True))
    return min(1.0, bound)


def mean_gap_p_values(
    values: Floats, codes: Ints, n_groups: int, *, watched: NDArray[np.bool_], seed: int = 0, shuffles: int = 1999
) -> tuple[float, Floats]:
    """Return the p-value of the largest standardised gap of group means, and one per group (two-sided).

    Every p-value counts the observed table itself (Phipson & Smyth 2010, equation 2), so that none is 0.

    Parameters
    ----------
    values
        float64 (N,); ``codes`` int64 (N,) in [0, n_groups).
    watched
        bool (n_groups,): groups whose gaps count.
    """
    sizes = np.bincount(codes, minlength=n_groups).astype(np.float64)
    rows = len(values)
    centred = values - values.mean()
    scale = np.sqrt(np.maximum(sizes * (rows - sizes), 1e-300))
    member = (codes[:, None] == np.arange(n_groups)).astype(np.float64) / scale
    member[:, ~watched] = 0.0
    observed = np.abs(centred @ member)
    rng = np.random.default_rng(seed)
    largest, each, drawn = 0, np.zeros(n_groups), 0
    tie = _TIE * max(float(np.abs(centred).sum()) / max(float(scale.max()), 1.0), 1e-300)
    while drawn < shuffles:
        block = min(shuffles - drawn, max(1, _LARGEST_BLOCK // max(rows, 1)))
        gaps = np.abs(rng.permuted(np.broadcast_to(centred, (block, rows)), axis=1) @ member)
        largest += int((gaps.max(axis=1) >= observed.max() - tie).sum())
        each += (gaps >= observed - tie).sum(axis=0)
        drawn += block
    return (largest + 1) / (shuffles + 1), (each + 1) / (shuffles + 1)


def _windows(sizes: Ints, total: int, rows: int, gap: float) -> list[tuple[int, int]]:
    """Return for each group the smallest and the largest number of hits that is less far off than ``gap``."""
    share = total / rows
    reach = gap * np.sqrt(sizes * share * (1 - share) * (rows - sizes) / (rows - 1)) * (1 - _TIE)
    low = np.maximum(np.floor(sizes * share - reach) + 1, np.maximum(0, sizes - (rows - total))).astype(np.int64)
    high = np.minimum(np.ceil(sizes * share + reach) - 1, np.minimum(sizes, total)).astype(np.int64)
    return list(zip(low.tolist(), high.tolist(), strict=True))


def _outside(size: int, low: int, high: int, total: int, rows: int) -> float:
    """Return the hypergeometric probability of a group's hits lying outside [low, high], to full precision."""
    least, most = max(0, size - (rows - total)), min(size, total)
    counts = np.concatenate([np.arange(least, min(low, most + 1)), np.arange(max(high + 1, low), most + 1)])
    if not len(counts):
        return 0.0
    logs = log_choose(total, counts) + log_choose(rows - total, size - counts)
    return float(np.exp(logs - log_choose(rows, np.array([size]))[0]).sum())


def _binomial(size: int, low: int, high: int, share: float) -> Floats:
    counts = np.arange(low, high + 1)
    chances = log_choose(size, counts) + counts * np.log(share) + (size - counts) * np.log1p(-share)
    return np.asarray(np.exp(chances))


def log_choose(n: int, k: Ints) -> Floats:
    """Return ln(n over k) for an array of k in [0, n]."""
    table = _log_factorials(1 << max(n, 1).bit_length())
    return np.asarray(table[n] - table[k] - table[n - k])


@lru_cache(maxsize=32)
def _log_factorials(size: int) -> Floats:
    return np.concatenate([np.zeros(1), np.cumsum(np.log(np.arange(1, size + 1)))])
