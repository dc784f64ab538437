"""What a task is to the data room: how a column becomes labels, and how rows with such labels are divided.

How a model learns from them is :mod:`automl_tl.finetune.tasks`; both know a task by the same name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.limits import Limits
from automl_tl.registry import Registry

if TYPE_CHECKING:
    from automl_tl.data.profile_types import Profile

__all__ = ["Column", "Counts", "Labels", "Strata", "TargetTask", "target_tasks"]


@dataclass(frozen=True)
class Column:
    """The target column: its name, one cell per row without outer spaces, and the rows' ids.

    ``remarks`` are what was noticed while the source was read; they may explain an odd column.
    """

    name: str
    cells: tuple[str, ...]
    row_ids: Sequence[str]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Labels:
    """Labels of all N rows.

    Attributes
    ----------
    names
        Names of the model's outputs: of the classes or labels, sorted; of a number the name of its column.
    values
        Their form is the task's: int64 (N,) class ids, -1 without a label; float64 (N,), NaN without a number;
        int64 (N, L) of 0 and 1, -1 throughout for a row of which nothing is known.
    """

    names: tuple[str, ...]
    values: NDArray[Any]


@dataclass(frozen=True)
class Strata:
    """What every part of a split should hold its share of.

    Attributes
    ----------
    codes
        int64 (N,): one stratum per row, -1 for rows that belong to no part.
    names
        Names of the strata, or of the ``members``' columns.
    members
        bool (N, K) where a row can belong to several at once; None where ``codes`` say all.
    noun
        What a stratum is called in messages; "" if no part needs to hold each of them.
    """

    codes: NDArray[np.int64]
    names: tuple[str, ...]
    members: NDArray[np.bool_] | None = None
    noun: str = "class"


@dataclass(frozen=True)
class Counts:
    """Which of K classes, labels or ranges of numbers each row has: ``table`` int64 (N, K) of 0 and 1."""

    names: tuple[str, ...]
    table: NDArray[np.int64]

    def by_name(self, rows: NDArray[np.int64]) -> dict[str, int]:
        """Return name -> how many of these rows have it."""
        totals = self.table[rows].sum(axis=0).tolist()
        return dict(zip(self.names, totals, strict=True))


class TargetTask(ABC):
    """One kind of target; one file and one registration each."""

    name: str
    summary: str
    """One sentence for people."""
    conflict = "different labels, so some labels must be wrong"
    """What it means that identical inputs have different labels, as the end of a sentence."""

    @abstractmethod
    def check_summary(self, name: str, *, distinct: int, labelled: int, examples: Sequence[str]) -> None:
        """Refuse a column that is certain to fail, knowing only its summary.

        Parameters
        ----------
        name
            Of the column.
        distinct, labelled
            Number of different values, and of rows that have one.
        examples
            The most frequent values, possibly cut off.

        Raises
        ------
        SpecError
            Naming the field ``target``.
        """

    @abstractmethod
    def read(self, column: Column, limits: Limits) -> Labels:
        """Return the labels of a column.

        Raises
        ------
        DatasetError
            For a column or a cell that does not fit, naming the row where it is one.
        LimitExceeded
            Beyond ``max_classes``.
        """

    @abstractmethod
    def labelled(self, labels: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which rows (N,) have a label."""

    @abstractmethod
    def strata(self, labels: NDArray[Any], names: Sequence[str]) -> Strata:
        """Return what the parts of a split should hold their share of."""

    @abstractmethod
    def counts(self, labels: NDArray[Any], names: Sequence[str]) -> Counts:
        """Return what a person wants counted, over all rows; rows without a label have none."""

    @abstractmethod
    def describe(self, label: Any, names: Sequence[str]) -> str:
        """Return one row's label in words."""

    @abstractmethod
    def warnings(self, found: Profile) -> Iterator[str]:
        """Yield what a person should know of the labels, as plain sentences."""


def _load_builtin() -> None:
    for name in ("classification", "multilabel", "regression"):
        import_module(f"automl_tl.data.tasks.{name}")


target_tasks: Registry[TargetTask] = Registry("target_task", _load_builtin)
