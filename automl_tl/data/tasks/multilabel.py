"""Multi-label classification: any number of labels per row, none included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import PARTS
from automl_tl.data.limits import Limits
from automl_tl.data.plain_words import counted, have, some
from automl_tl.data.profile_types import Profile
from automl_tl.data.tasks.base import Column, Counts, Labels, Strata, TargetTask, target_tasks
from automl_tl.data.tasks.classification import missing_words, warn_of_absent, warn_of_rare
from automl_tl.data.tasks.sets import read_sets
from automl_tl.errors import DatasetError, LimitExceeded, SpecError

__all__ = ["MultiLabel"]

_FEW = 20
_NONE = "(none)"


class MultiLabel(TargetTask):
    """Labels are int64 (N, L) of 0 and 1, columns in the order of the sorted names; -1 where the cell is empty."""

    name = "multilabel"
    summary = "Any number of labels per row, separated by | or ; or as a JSON list."

    def check_summary(self, name: str, *, distinct: int, labelled: int, examples: Sequence[str]) -> None:
        """Refuse a column with one value or none; what a cell holds is seen when it is read."""
        if distinct < 2:
            raise SpecError(
                f"target: column {name!r} has {distinct} different values; multi-label classification needs at "
                "least two",
                field="target",
            )

    def read(self, column: Column, limits: Limits) -> Labels:
        """Return which labels each row has; an empty cell means unknown, ``[]`` means none."""
        sets = read_sets(column.cells, column.name, column.row_ids)
        known = [labels for labels in sets if labels is not None]
        names = tuple(sorted(frozenset().union(*known)))
        self._check(column, names, known, limits)
        index = {name: place for place, name in enumerate(names)}
        values = np.full((len(sets), len(names)), -1, dtype=np.int64)
        for row, labels in enumerate(sets):
            if labels is not None:
                values[row] = 0
                values[row, [index[label] for label in labels]] = 1
        return Labels(names, values)

    def labelled(self, labels: NDArray[Any]) -> NDArray[np.bool_]:
        """Return the rows of which the labels are known."""
        return np.asarray((labels >= 0).all(axis=1))

    def strata(self, labels: NDArray[Any], names: Sequence[str]) -> Strata:
        """Return the labels themselves, and as one stratum per row its rarest label."""
        members = labels == 1
        rarity = np.argsort(np.argsort(members.sum(axis=0), kind="stable"), kind="stable")
        ranked = np.where(members, rarity[None, :], len(names))
        rarest = np.where(members.any(axis=1), ranked.argmin(axis=1), len(names)).astype(np.int64)
        codes = np.where(self.labelled(labels), rarest, -1)
        return Strata(codes, (*names, _NONE), members, noun="label")

    def counts(self, labels: NDArray[Any], names: Sequence[str]) -> Counts:
        """Return the rows with each label."""
        return Counts(tuple(names), (labels == 1).astype(np.int64))

    def describe(self, label: Any, names: Sequence[str]) -> str:
        """Return the names with a bar between them, ``(none)`` for the empty set."""
        return " | ".join(name for name, on in zip(names, label, strict=True) if on == 1) or _NONE

    def warnings(self, found: Profile) -> Iterator[str]:
        """Yield odd names, labels that are rare, that all rows have or that a part lacks."""
        if found.unlabelled:
            yield (
                f"An empty cell of {found.target!r} means that nothing is known of the row. If it means that no "
                "label applies, write [] there."
            )
        yield from missing_words(found, "label", "labels")
        yield from warn_of_rare(found, "label", "labels")
        yield from warn_of_absent(found)
        totals = {name: sum(found.class_counts[part][name] for part in PARTS) for name in found.class_names}
        common = [name for name, total in totals.items() if total == found.labelled]
        if common:
            yield f"Every row has {some(common)}, so there is nothing to learn about it."
        if sum(totals.values()) <= found.labelled:
            yield (
                f"Hardly any row of {found.target!r} has more than one label; if each has exactly one, "
                "task = classification fits better."
            )

    def _check(
        self, column: Column, names: Sequence[str], known: Sequence[frozenset[str]], limits: Limits
    ) -> None:
        if len(names) < 2:
            found = f"one label, {names[0]!r}" if names else "no labels"
            hint = "".join(f"; {remark}" for remark in column.remarks[:3])
            raise DatasetError(
                f"target {column.name!r}: the column has {found}; at least two labels are needed; separate the "
                f"labels of a row by | or ;, or write a JSON list{hint}",
                field="target",
            )
        if len(names) > limits.max_classes:
            raise LimitExceeded(
                f"target {column.name!r}: {len(names)} labels are more than max_classes = {limits.max_classes}",
                field="target",
            )
        if len(names) > _FEW and 2 * len(names) > sum(map(len, known)):
            commas = any("," in name for name in names)
            raise DatasetError(
                f"target {column.name!r} has {len(names)} different labels in {len(known)} rows; that looks like "
                f"free text; {'separate labels by | or ; and not by commas' if commas else 'name another column'}",
                field="target",
            )
        rare = _rare(names, known)
        if rare:
            raise DatasetError(
                f"target {column.name!r}: {counted(len(rare), 'label')} {have(len(rare))} fewer than 3 rows: "
                f"{some(rare)}; a split needs at least 3 (train, validation, test); add rows, merge such labels "
                "into another, or remove them from the cells",
                field="target",
            )


def _rare(names: Sequence[str], known: Sequence[frozenset[str]]) -> list[str]:
    seen = dict.fromkeys(names, 0)
    for labels in known:
        for label in labels:
            seen[label] += 1
    return [name for name, count in seen.items() if count < len(PARTS)]


target_tasks.register(MultiLabel.name, MultiLabel())
