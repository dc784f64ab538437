"""From a column's values to groups that are few enough to read, for the profile and for the bias report."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST_GROUPS", "Groups", "group_values"]

MOST_GROUPS = 100
"""So many values of a column stay apart: every rate of every group has its exact test, which takes its time."""
_ALWAYS = 20
"""So many values stay apart however few rows they have; the others need enough rows to be tested."""
_CONTINUOUS_ABOVE = 10
_BINS = 4
_FEW = 10
"""Groups of fewer rows are not tested (``fairness.metrics.FEW``), and their name may tell whose row it is."""
_ABOUT_EQUAL = 1.5
"""The largest group over the smallest, up to which a note calls them of about equal size."""


@dataclass(frozen=True)
class Groups:
    """Groups of one attribute.

    Attributes
    ----------
    names
        Group names in the order in which they are read: numeric bins ascending, else by name; then the pooled
        rest, and last those without a row.
    codes
        int64 (N,): index into ``names``, -1 where the value is unknown.
    note
        What was done to the column's values, "" if nothing.
    cuts
        Of numbers that were cut the largest one of each group but the last, ascending; else ().
    pooled
        Rows of each pooled value, most first; () where nothing was pooled.
    pools
        Which of ``names`` are made of pooled values: () where nothing was pooled, several of combined columns.
    """

    names: tuple[str, ...]
    codes: NDArray[np.int64]
    note: str = ""
    cuts: tuple[float, ...] = ()
    pooled: tuple[int, ...] = ()
    pools: tuple[int, ...] = ()

    @property
    def unknown(self) -> int:
        """Number of rows without a value."""
        return int((self.codes < 0).sum())

    def of_number(self, number: float) -> int:
        """Return the group of a number that need not be in the column, -1 where the groups are no cut numbers."""
        known = bool(self.cuts) and not math.isnan(number)
        return int(np.searchsorted(self.cuts, number, side="left")) if known else -1


def group_values(
    values: Sequence[str],
    *,
    veiled: bool = False,
    elsewhere: Mapping[str, int] | None = None,
    most: int = MOST_GROUPS,
) -> Groups:
    """Return the groups of a column; "" (or blanks) is unknown.

    More than 10 distinct numbers are cut at their quartiles, or, where nearly all of these are the smallest or the
    largest number, into that number and the others. Of more than 20 other values the 20 most frequent stay and
    all that have 10 rows, up to ``most``; the rest is pooled. All of it is said in ``note``.

    Parameters
    ----------
    veiled
        Whether cells of single rows must not be read from the names: groups of fewer than 10 rows are numbered
        instead, and the outer ranges of numbers are open.
    elsewhere
        How many rows of the whole data set have a value, 0 where that is not known. Values without a row in
        ``values`` are groups of 0 rows then; of more than 20 values only those with 10 rows of the data set or an
        unknown number, and where ``veiled`` only those with 10.
    most
        Values that stay apart at most, at least 20, however many rows they have.
    """
    cleaned = [str(value).strip() for value in values]
    counts = Counter(value for value in cleaned if value)
    known = sorted(counts)
    if _is_cut(known):
        cut = _bin(cleaned, veiled)
        return _veil(cut, _BINS) if veiled else cut
    kept = _kept(counts, most)
    groups = _encode(cleaned, known) if len(kept) == len(known) else _pool(cleaned, counts, kept)
    groups = _veil(groups, len(kept)) if veiled else groups
    rows = Counter[str]()
    for value, size in (elsewhere or {}).items():
        rows[str(value).strip()] += size
    missing = sorted(set(rows) - set(known) - {""})
    if not missing or _is_cut([*known, *missing]):
        return groups
    return _with_empty(groups, missing, rows, veiled=veiled, most=most)


def _is_cut(known: Sequence[str]) -> bool:
    return len(known) > _CONTINUOUS_ABOVE and all(_number(value) is not None for value in known)


def _kept(counts: Counter[str], most: int) -> list[str]:
    """Return the values that stay apart, the most frequent first."""
    ordered = sorted(counts, key=lambda value: (-counts[value], value))
    tested = sum(count >= _FEW for count in counts.values())
    return ordered[: min(max(_ALWAYS, tested), most)]


def _with_empty(
    groups: Groups, missing: Sequence[str], rows: Mapping[str, int], *, veiled: bool, most: int
) -> Groups:
    """Return the groups with those values that no row has here, as far as their names may and should be read."""
    few = len(groups.names) + len(missing) <= _ALWAYS
    named = [value for value in missing if rows[value] >= _FEW or (not veiled and (few or not rows[value]))]
    named = named[: max(most - len(groups.names), 0)]
    others = len(missing) - len(named)
    has = "value of the data set has" if others == 1 else "values of the data set have"
    further = f"{others} further {has} no row here" if others else ""
    note = "; ".join(part for part in (groups.note, further) if part)
    return replace(groups, names=(*groups.names, *named), note=note)


def _veil(groups: Groups, own: int) -> Groups:
    """Number the small ones of the first ``own`` groups, which are named after cells."""
    sizes = np.bincount(groups.codes[groups.codes >= 0], minlength=len(groups.names))
    numbers = count(1)
    names = tuple(
        f"a value with few rows ({next(numbers)})" if place < own and size < _FEW else name
        for place, (name, size) in enumerate(zip(groups.names, sizes.tolist(), strict=True))
    )
    return replace(groups, names=names)


def _encode(values: Sequence[str], names: Sequence[str]) -> Groups:
    position = {name: index for index, name in enumerate(names)}
    codes = np.array([position.get(value, -1) for value in values], dtype=np.int64)
    return Groups(tuple(names), codes)


def _bin(values: Sequence[str], veiled: bool) -> Groups:
    numbers = np.array([_number(value) if value else math.nan for value in values], dtype=np.float64)
    known = ~np.isnan(numbers)
    edges = np.unique(np.quantile(numbers[known], np.linspace(0, 1, _BINS + 1)))
    if len(edges) == 2:  # no quartile lies between the smallest and the largest number
        return _split_at_extreme(numbers, known)
    codes = np.full(len(values), -1, dtype=np.int64)
    codes[known] = np.searchsorted(edges[1:-1], numbers[known], side="left")
    present, compact = np.unique(codes[known], return_inverse=True)
    codes[known] = compact
    ranges = [numbers[codes == code] for code in range(len(present))]
    names = _open_names(ranges) if veiled else tuple(_range_name(each) for each in ranges)
    return Groups(names, codes, _cut_note(ranges), tuple(float(each.max()) for each in ranges[:-1]))


def _split_at_extreme(numbers: NDArray[np.float64], known: NDArray[np.bool_]) -> Groups:
    """Return the more frequent of the smallest and the largest number as one group, all others as the other.

    Many rows share that number, and the other group's name is open: both names may be read by anybody.
    """
    low, high = float(numbers[known].min()), float(numbers[known].max())
    codes = np.full(len(numbers), -1, dtype=np.int64)
    if (numbers == low).sum() >= (numbers == high).sum():
        often, cut, names = low, low, (f"{low:g}", f"above {low:g}")
    else:
        often, cut, names = high, math.nextafter(high, -math.inf), (f"below {high:g}", f"{high:g}")
    codes[known] = numbers[known] > cut
    note = f"a number with many values that is often {often:g}: cut into 2 groups there"
    return Groups(names, codes, note, (cut,))


def _cut_note(ranges: Sequence[NDArray[np.float64]]) -> str:
    sizes = [len(each) for each in ranges]
    equal = len(sizes) > 1 and max(sizes) <= _ABOUT_EQUAL * min(sizes)
    groups = f"{len(sizes)} groups" if len(sizes) > 1 else "1 group"
    how = " of about equal size" if equal else ""
    return f"a number with many values: cut into {groups}{how} at the quantiles"


def _range_name(numbers: NDArray[np.float64]) -> str:
    low, high = f"{numbers.min():g}", f"{numbers.max():g}"
    return low if low == high else f"{low} to {high}"


def _open_names(ranges: Sequence[NDArray[np.float64]]) -> tuple[str, ...]:
    """Return names that tell neither the smallest nor the largest number of the column."""
    if len(ranges) == 1:
        return ("all numbers",)
    inner = (_range_name(each) for each in ranges[1:-1])
    return (f"up to {ranges[0].max():g}", *inner, f"{ranges[-1].min():g} and more")


def _pool(values: Sequence[str], counts: Counter[str], kept: Sequence[str]) -> Groups:
    staying = set(kept)
    pooled = sorted((count for value, count in counts.items() if value not in staying), reverse=True)
    rare = "rare values" if pooled[0] < _FEW else "values"
    rest = f"other ({len(pooled)} {rare} pooled)"
    groups = _encode([value if value in staying or not value else rest for value in values], (*sorted(kept), rest))
    shown = f"the {len(kept)} most frequent are shown, the rest is pooled"
    note = f"a column of {len(counts)} different values: {shown}"
    return replace(groups, note=note, pooled=tuple(pooled), pools=(len(kept),))


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
