"""Exact duplicates: rows whose decoded inputs are the same, within a part and across parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.copies import content_numbers
from automl_tl.data.dataset import PARTS, TargetData

__all__ = ["DuplicateGroup", "find_duplicates", "leaked_rows"]


@dataclass(frozen=True)
class DuplicateGroup:
    """Two or more labelled rows with the same input.

    Attributes
    ----------
    rows
        Indices in the dataset, ascending; ``row_ids`` and ``parts`` (train, validation, test) go with them.
    class_names
        The distinct labels, in words and sorted; more than one means that at least one label is wrong.
    """

    rows: tuple[int, ...]
    row_ids: tuple[str, ...]
    parts: tuple[str, ...]
    class_names: tuple[str, ...]

    @property
    def crosses_parts(self) -> bool:
        """Whether copies lie in different parts, so that a model is measured on what it was trained on."""
        return len(set(self.parts)) > 1

    @property
    def conflicting(self) -> bool:
        """Whether copies have different labels."""
        return len(self.class_names) > 1


def find_duplicates(
    data: TargetData, describe: Callable[[Any], str] | None = None, *, rows: NDArray[np.int64] | None = None
) -> tuple[DuplicateGroup, ...]:
    """Return every group of labelled rows with the same input, in order of its first row.

    ``describe`` gives one row's label in words; by default labels are class ids. ``rows`` are those that are
    looked at, labelled ones; None means all.
    """
    words = describe or (lambda label: data.class_names[label])
    seen = {
        part: data.split.part(part) if rows is None else np.intersect1d(data.split.part(part), rows)
        for part in PARTS
    }
    part_of_row = {row: part for part, own in seen.items() for row in own.tolist()}
    looked_at = np.array(sorted(part_of_row), dtype=np.int64)
    numbers = data.copies if data.copies is not None else content_numbers(data.dataset, looked_at)
    members: dict[int, list[int]] = defaultdict(list)
    for row, number in zip(looked_at.tolist(), numbers[looked_at].tolist(), strict=True):
        members[number].append(row)
    return tuple(_group(data, part_of_row, twins, words) for twins in members.values() if len(twins) > 1)


def leaked_rows(duplicates: Sequence[DuplicateGroup], part: str, seen_in: Sequence[str]) -> tuple[int, ...]:
    """Return the rows of ``part`` that have a copy in one of the parts ``seen_in``, ascending."""
    leaked = [
        row
        for group in duplicates
        if set(group.parts) & set(seen_in)
        for row, home in zip(group.rows, group.parts, strict=True)
        if home == part
    ]
    return tuple(sorted(leaked))


def _group(
    data: TargetData, part_of_row: dict[int, str], rows: Sequence[int], describe: Callable[[Any], str]
) -> DuplicateGroup:
    labels = np.unique(data.labels[list(rows)], axis=0)
    return DuplicateGroup(
        rows=tuple(rows),
        row_ids=tuple(data.dataset.row_ids[row] for row in rows),
        parts=tuple(part_of_row[row] for row in rows),
        class_names=tuple(describe(label) for label in labels),
    )
