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
    """

    names: tuple[str, ...]
    codes: NDArray[np.int64]
    note: str = ""

    @property
    def unknown(self) -> int:
        """Number of rows without a value."""
        return int((self.codes < 0).sum())


def group_values(values: Sequence[str], *, veiled: bool = False) -> Groups:
    """Return the groups of a column; "" (or blanks) is unknown.

    More than 10 distinct numbers are cut at their quartiles; of more than 20 groups the 20 largest stay and the
    rest is pooled. Both are said in ``note``.

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
    codes = np.full(len(values), -1, dtype=np.int64)
    codes[known] = np.searchsorted(edges[1:-1], numbers[known], side="left")
    present = sorted(set(codes[known].tolist()))
    ranges = [numbers[codes == code] for code in present]
    names = _open_names(ranges) if veiled else tuple(_range_name(each) for each in ranges)
    compact = np.array([present.index(code) if code >= 0 else -1 for code in codes.tolist()], dtype=np.int64)
    note = f"a number with many values: cut into {len(names)} groups of about equal size at the quantiles"
    return Groups(names, compact, note)


def _range_name(numbers: NDArray[np.float64]) -> str:
    return f"{numbers.min():g} to {numbers.max():g}"


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
