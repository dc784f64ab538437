"""From a column's values to groups that are few enough to read, for the profile and for the bias report."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
from numpy.typing import NDArray

__all__ = ["Groups", "group_values"]

_MOST_GROUPS = 20
_CONTINUOUS_ABOVE = 10
_BINS = 4
_FEW = 10
"""Below so many rows a group's name may tell whose row it is."""
_ABOUT_EQUAL = 1.5
"""The largest group over the smallest, up to which a note calls them of about equal size."""


@dataclass(frozen=True)
class Groups:
    """Groups of one attribute.

    Attributes
    ----------
    names
        Group names in the order in which they are read: numeric bins ascending, else by name, pooled rest last.
    codes
        int64 (N,): index into ``names``, -1 where the value is unknown.
    note
        What was done to the column's values, "" if nothing.
    cuts
        Of numbers that were cut the largest one of each group but the last, ascending; else ().
    """

    names: tuple[str, ...]
    codes: NDArray[np.int64]
    note: str = ""
    cuts: tuple[float, ...] = ()

    @property
    def unknown(self) -> int:
        """Number of rows without a value."""
        return int((self.codes < 0).sum())

    def of_number(self, number: float) -> int:
        """Return the group of a number that need not be in the column, -1 where the groups are no cut numbers."""
        known = bool(self.cuts) and not math.isnan(number)
        return int(np.searchsorted(self.cuts, number, side="left")) if known else -1


def group_values(values: Sequence[str], *, veiled: bool = False) -> Groups:
    """Return the groups of a column; "" (or blanks) is unknown.

    More than 10 distinct numbers are cut at their quartiles, or, where nearly all of these are the smallest or the
    largest number, into that number and the others; of more than 20 groups the 20 largest stay and the rest is
    pooled. All of it is said in ``note``.

    Parameters
    ----------
    veiled
        Whether cells of single rows must not be read from the names: groups of fewer than 10 rows are numbered
        instead, and the outer ranges of numbers are open.
    """
    cleaned = [str(value).strip() for value in values]
    known = sorted({value for value in cleaned if value})
    numbers = [_number(value) for value in known]
    if len(known) > _CONTINUOUS_ABOVE and all(number is not None for number in numbers):
        groups, own = _bin(cleaned, veiled), _BINS
    elif len(known) > _MOST_GROUPS:
        groups, own = _pool(cleaned), _MOST_GROUPS
    else:
        groups, own = _encode(cleaned, tuple(known), ""), len(known)
    return _veil(groups, own) if veiled else groups


def _veil(groups: Groups, own: int) -> Groups:
    """Number the small ones of the first ``own`` groups, which are named after cells."""
    sizes = np.bincount(groups.codes[groups.codes >= 0], minlength=len(groups.names))
    numbers = count(1)
    names = tuple(
        f"a value with few rows ({next(numbers)})" if place < own and size < _FEW else name
        for place, (name, size) in enumerate(zip(groups.names, sizes.tolist(), strict=True))
    )
    return replace(groups, names=names)


def _encode(values: Sequence[str], names: tuple[str, ...], note: str) -> Groups:
    position = {name: index for index, name in enumerate(names)}
    codes = np.array([position.get(value, -1) for value in values], dtype=np.int64)
    return Groups(names, codes, note)


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


def _pool(values: Sequence[str]) -> Groups:
    counts = Counter(value for value in values if value)
    ordered = sorted(counts, key=lambda value: (-counts[value], value))
    kept = set(ordered[:_MOST_GROUPS])
    rest = f"other ({len(ordered) - len(kept)} rare values pooled)"
    pooled = [value if value in kept or not value else rest for value in values]
    shown = f"the {_MOST_GROUPS} most frequent are shown, the rest is pooled"
    note = f"a column of {len(ordered)} different values: {shown}"
    return _encode(pooled, (*sorted(kept), rest), note)


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
