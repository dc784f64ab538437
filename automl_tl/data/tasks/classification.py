"""Single-label classification: one class per row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.limits import Limits
from automl_tl.data.plain_words import counted, have, some
from automl_tl.data.profile_types import Profile
from automl_tl.data.tasks.base import Column, Counts, Labels, Strata, TargetTask, target_tasks
from automl_tl.data.tasks.numbers import as_number
from automl_tl.data.tasks.sets import looks_like_lists
from automl_tl.errors import DatasetError, LimitExceeded, SpecError

__all__ = ["Classification", "missing_words", "warn_of_absent", "warn_of_rare"]

_FEW = 20
"""So many classes may be small ones."""
_SMALL_CLASS = 5
_IMBALANCED = 10.0
_WORDS_FOR_MISSING = frozenset({"nan", "na", "n/a", "#n/a", "<na>", "nat", "null", "none"})
_NUMBERS_WITHOUT_A_HINT = 10


class Classification(TargetTask):
    """Labels are int64 (N,), indices into the sorted class names; -1 where the cell is empty."""

    name = "classification"
    summary = "One class per row."

    def check_summary(self, name: str, *, distinct: int, labelled: int, examples: Sequence[str]) -> None:
        """Refuse one class, an identifier, and more classes than there may be."""
        most = Limits().max_classes
        if distinct < 2:
            raise SpecError(
                f"target: column {name!r} has {distinct} different values; classification needs at least two",
                field="target",
            )
        if distinct == labelled or (distinct > _FEW and 2 * distinct > labelled):
            raise SpecError(
                f"target: column {name!r} has {distinct} different values in {labelled} rows; that is an "
                "identifier, a measurement or free text, not a class; name the column with the classes"
                f"{_other_task(examples)}",
                field="target",
            )
        if distinct > most:
            raise SpecError(
                f"target: column {name!r} has {distinct} different values, more than max_classes = {most}; "
                "name the column with the classes",
                field="target",
            )

    def read(self, column: Column, limits: Limits) -> Labels:
        """Return class ids; every different cell is a class."""
        given = [cell for cell in column.cells if cell]
        names = tuple(sorted(set(given)))
        if len(names) < 2:
            found = f"one class, {names[0]!r}" if names else "no labels"
            hint = "".join(f"; {remark}" for remark in column.remarks[:3])
            raise DatasetError(
                f"target {column.name!r}: the column has {found}; at least two classes are needed{hint}",
                field="target",
            )
        _check_discrete(names, len(given), column.name)
        if len(names) > limits.max_classes:
            raise LimitExceeded(
                f"target {column.name!r}: {len(names)} classes are more than max_classes = {limits.max_classes}",
                field="target",
            )
        index = {name: place for place, name in enumerate(names)}
        return Labels(names, np.array([index.get(cell, -1) for cell in column.cells], dtype=np.int64))

    def labelled(self, labels: NDArray[Any]) -> NDArray[np.bool_]:
        """Return where the class id is not -1."""
        return np.asarray(labels >= 0)

    def strata(self, labels: NDArray[Any], names: Sequence[str]) -> Strata:
        """Return the classes."""
        return Strata(labels, tuple(names))

    def counts(self, labels: NDArray[Any], names: Sequence[str]) -> Counts:
        """Return the rows of each class."""
        table = np.zeros((len(labels), len(names)), dtype=np.int64)
        known = np.flatnonzero(labels >= 0)
        table[known, labels[known]] = 1
        return Counts(tuple(names), table)

    def describe(self, label: Any, names: Sequence[str]) -> str:
        """Return the class's name, "" without one."""
        return names[int(label)] if 0 <= int(label) < len(names) else ""

    def warnings(self, found: Profile) -> Iterator[str]:
        """Yield imbalance, odd names, small and unmeasured classes, and hints at another task."""
        if found.imbalance_ratio >= _IMBALANCED:
            yield (
                f"The largest class has {found.imbalance_ratio:.0f} times as many rows as the smallest; accuracy "
                "says little about small classes, so look at balanced accuracy."
            )
        yield from missing_words(found, "class", "classes")
        yield from warn_of_rare(found, "class", "classes")
        yield from warn_of_absent(found)
        yield from _hints(found)


def missing_words(found: Profile, noun: str, nouns: str) -> Iterator[str]:
    """Yield the names that often stand for a missing value."""
    missing = [name for name in found.class_names if name.lower() in _WORDS_FOR_MISSING]
    if missing:
        told = f"{counted(len(missing), noun, nouns)} of {found.target!r} {have(len(missing))}"
        yield (
            f"{told} a name that often means a missing value: {some(missing)}. If it does, leave these cells "
            "empty, so that their rows are not used."
        )


def warn_of_rare(found: Profile, noun: str, nouns: str) -> Iterator[str]:
    """Yield the names with hardly any training rows."""
    small = [name for name, count in found.class_counts["train"].items() if count < _SMALL_CLASS]
    if small:
        yield (
            f"{counted(len(small), noun, nouns)} {have(len(small))} fewer than {_SMALL_CLASS} training "
            f"rows: {some(small)}."
        )


def warn_of_absent(found: Profile) -> Iterator[str]:
    """Yield the names that a part lacks."""
    for part in ("validation", "test"):
        absent = [name for name, count in found.class_counts[part].items() if count == 0]
        if absent:
            yield f"The {part} part has no row of {some(absent)}, so nothing is measured for it."


def _hints(found: Profile) -> Iterator[str]:
    numbers = [as_number(name) for name in found.class_names]
    if all(number is not None for number in numbers) and (
        len(numbers) > _NUMBERS_WITHOUT_A_HINT or any(n is not None and not n.is_integer() for n in numbers)
    ):
        yield (
            f"All {len(numbers)} classes of {found.target!r} are numbers. If they measure something, so that "
            "being off by little is better than by much, predict the number itself with task = regression."
        )
    several = [name for name in found.class_names if "|" in name or ";" in name]
    if 2 * len(several) > len(found.class_names):
        yield (
            f"Most classes of {found.target!r} look like several labels at once, such as {several[0]!r}; with "
            "task = multilabel each of them is learnt for itself."
        )


def _other_task(examples: Sequence[str]) -> str:
    if examples and all(as_number(value) is not None for value in examples):
        return "; to predict the number itself choose task = regression"
    if examples and all("|" in value or ";" in value or value.startswith("[") for value in examples):
        return "; if a cell holds several labels choose task = multilabel"
    return ""


def _check_discrete(names: Sequence[str], count: int, target: str) -> None:
    """Refuse columns of measurements, of identifiers and of lists, which nobody means to predict as classes."""
    numbers = [as_number(name) for name in names]
    continuous = all(number is not None for number in numbers)
    whole = all(number is not None and number.is_integer() for number in numbers)
    if continuous and len(names) > (max(_FEW, count // 3) if whole else _FEW):
        raise DatasetError(
            f"target {target!r} looks like a continuous number ({len(names)} different values in {count} rows, "
            f"such as {names[0]}); classification needs classes: put the numbers into ranges (low, middle, high), "
            "or predict the number itself with task = regression",
            field="target",
        )
    if looks_like_lists(names):
        raise DatasetError(
            f"target {target!r} holds lists, such as {names[0]:.60}; classification needs one class per row; "
            "choose task = multilabel",
            field="target",
        )
    if len(names) > _FEW and 2 * len(names) > count:
        several = any("|" in name or ";" in name for name in names)
        raise DatasetError(
            f"target {target!r} has {len(names)} different values in {count} rows; that is an identifier or free "
            "text, not a class; name the column with the classes"
            f"{', or choose task = multilabel if a cell holds several labels' if several else ''}",
            field="target",
        )


target_tasks.register(Classification.name, Classification())
