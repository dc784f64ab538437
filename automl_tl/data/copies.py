"""Rows with the same input: which they are, and how a drawn split is mended so that no two parts share one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import PARTS, Dataset, Split
from automl_tl.data.modalities.base import modalities
from automl_tl.data.parallel import thread_map
from automl_tl.data.tasks.base import Strata
from automl_tl.errors import DatasetError

__all__ = ["content_numbers", "keep_copies_together"]

_STREAM = 0xC0B
_MISSING = 1e6  # outweighs any difference in counts: a class should be seen in every part
_SHRUNK = 0.5
_TRAIN, _VALIDATION, _TEST = range(len(PARTS))

_Rows = NDArray[np.int64]


def content_numbers(dataset: Dataset, rows: _Rows) -> NDArray[np.int64]:
    """Return int64 (N,): equal numbers from 0 on for rows with the same input, -1 for rows outside ``rows``."""
    modality = modalities.get(dataset.modality)
    keys = thread_map(lambda row: modality.content_key(dataset, row), rows.tolist())
    known: dict[str, int] = {}
    numbers = np.full(len(dataset), -1, dtype=np.int64)
    numbers[rows] = [known.setdefault(key, len(known)) for key in keys]
    return numbers


def keep_copies_together(
    split: Split,
    numbers: NDArray[np.int64],
    strata: Strata,
    *,
    drawn: Collection[str],
    groups: Sequence[str] | None = None,
    seed: int = 0,
) -> Split:
    """Return the split with every set of copies in one of the parts that were drawn, or in train.

    Rows without a copy in another part stay where they are, unless train would lose a class, and what the parts
    hold of each class stays nearly the same. The test part does not depend on the validation part. A class of one
    repeated input stays in train.

    Parameters
    ----------
    numbers
        As :func:`content_numbers` gives them.
    drawn
        The parts, besides train, that were drawn; rows of others are not moved.
    groups
        N names of groups that do not cross parts either. Where copies chain so many of them together that a part
        would lose half of its rows, only the groups are kept together.

    Raises
    ------
    DatasetError
        If there are too few different inputs to fill the parts.
    """
    if len(np.unique(numbers[numbers >= 0])) == (numbers >= 0).sum():
        return split
    home = np.full(len(numbers), -1, dtype=np.int64)
    for place, part in enumerate(PARTS):
        if part in ("train", *drawn):
            home[split.part(part)] = place
    units = [unit[home[unit] >= 0] for unit in _units(numbers, groups)]
    if not any(_crosses(home, unit) for unit in units):
        return split
    order = np.random.default_rng([seed, _STREAM]).permutation(len(units))
    _divide(home, [units[place] for place in order], split, drawn, _counter(strata))
    placed: dict[str, Any] = {part: np.flatnonzero(home == PARTS.index(part)) for part in ("train", *drawn)}
    joined = dataclasses.replace(split, **placed)
    if groups is not None and any(_shrunk(joined, split, part) for part in drawn):
        return split
    _check_filled(joined, drawn)
    return joined


def _divide(
    home: NDArray[np.int64],
    units: Sequence[_Rows],
    split: Split,
    drawn: Collection[str],
    count: Callable[[_Rows], _Rows],
) -> None:
    """Move units that lie in several parts into one, first of the test part, then of the validation part."""
    units = sorted(units, key=len, reverse=True)  # small ones fill the gaps
    loose: list[_Rows] = []
    if "test" in drawn:
        reaching = [unit for unit in units if _crosses(home == _TEST, unit)]
        loose = _settle(home, reaching, _TEST, split.test, count)
    if "validation" in drawn:
        loose += [unit for unit in units if _crosses(home, unit)] + _owed(home, units, count)
        _settle(home, sorted(loose, key=len, reverse=True), _VALIDATION, split.validation, count)


def _crosses(home: NDArray[Any], unit: _Rows) -> bool:
    return len(unit) > 1 and bool(np.any(home[unit] != home[unit[0]]))


def _units(numbers: NDArray[np.int64], groups: Sequence[str] | None) -> list[_Rows]:
    """Return the rows of each set of copies, joined with the groups that they touch."""
    rows = np.flatnonzero(numbers >= 0)
    if not len(rows):
        return []
    names = numbers[rows]
    if groups is not None:
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        group_of = np.unique(np.array([groups[row] for row in rows.tolist()]), return_inverse=True)[1]
        nodes = names.max() + 1 + group_of
        size = int(nodes.max()) + 1
        links = coo_array((np.ones(len(rows)), (names, nodes)), shape=(size, size))
        names = connected_components(links, directed=False)[1][names]
    order = np.argsort(names, kind="stable")
    return np.split(rows[order], np.flatnonzero(np.diff(names[order])) + 1)


def _owed(home: NDArray[np.int64], units: Sequence[_Rows], count: Callable[[_Rows], _Rows]) -> list[_Rows]:
    """Return the units of the validation part with a class that train lost to the test part."""
    train, validation = (count(np.flatnonzero(home == place)) for place in (_TRAIN, _VALIDATION))
    lost = (train == 0) & (validation > 0)
    if not lost.any():
        return []
    whole = [unit for unit in units if len(unit) and np.all(home[unit] == _VALIDATION)]
    return [unit for unit in whole if np.any(lost & (count(unit) > 0))]


def _settle(
    home: NDArray[np.int64], units: Sequence[_Rows], place: int, before: _Rows, count: Callable[[_Rows], _Rows]
) -> list[_Rows]:
    """Put some units into a part, which held the rows ``before``, and the others into train; return the others."""
    wanted, others = count(before), []
    for unit in units:
        home[unit] = _TRAIN
    have, left = count(np.flatnonzero(home == place)), count(np.flatnonzero((home >= 0) & (home < place)))
    for unit in units:
        own = count(unit)
        loses_a_class = bool(np.any((own > 0) & (left <= own)))
        if loses_a_class or _loss(have + own, wanted) >= _loss(have, wanted):
            others.append(unit)
            continue
        home[unit] = place
        have, left = have + own, left - own
    return others


def _loss(have: _Rows, wanted: _Rows) -> float:
    missing = int(np.sum((have == 0) & (wanted > 0)))
    return float(np.sum((have - wanted) ** 2 / np.maximum(wanted, 1)) + _MISSING * missing)


def _counter(strata: Strata) -> Callable[[_Rows], _Rows]:
    """Return what counts rows by class; of sets of labels also rows without one, and all rows."""
    codes, members = strata.codes, strata.members
    if members is None:
        kinds = int(codes.max(initial=-1)) + 1
        return lambda rows: np.bincount(codes[rows], minlength=kinds)
    whole = np.column_stack([members, ~members.any(axis=1), np.ones(len(members), dtype=np.bool_)])
    return lambda rows: whole[rows].sum(axis=0)


def _shrunk(joined: Split, split: Split, part: str) -> bool:
    return len(joined.part(part)) < _SHRUNK * len(split.part(part))


def _check_filled(split: Split, drawn: Collection[str]) -> None:
    for part in ("test", "validation"):
        if part in drawn and not len(split.part(part)):
            raise DatasetError(
                f"a {part} part cannot be drawn: copies of an input belong to one part, and there are too few "
                "different inputs to spare one without losing a class; add different examples, or give a split "
                "column"
            )
