"""The types that walk out of the data room: Dataset, Split and TargetData."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["PARTS", "Dataset", "Example", "RowIssue", "Split", "StoredInputs", "TargetData", "group_cells"]

Example = np.ndarray | str
"""One decoded input: an RGB image as uint8 (height, width, 3), or a text."""

PARTS = ("train", "validation", "test")
"""Parts of a split, in the order in which they are read."""


@dataclass(frozen=True)
class RowIssue:
    """Why one row of the source was left out or deserves a look.

    ``row`` is the row's id (a manifest row number counted from 1 without the header, or a file path), or the name
    of a file for a remark on the whole file; ``left_out`` tells a row that was left out from a mere remark.
    """

    row: str
    problem: str
    left_out: bool = True


class StoredInputs(Protocol):
    """Inputs that are no files of their own, such as rows of shards; nothing is read before it is asked for."""

    def read(self, indices: Sequence[int]) -> list[bytes | str]:
        """Return the inputs of these rows as they are stored, in this order; raises DatasetError."""

    @property
    def blocks(self) -> NDArray[np.int64] | None:
        """Which rows are read together, as one number per row (N,); None where each is read by itself."""

    @property
    def block_bytes(self) -> NDArray[np.int64]:
        """Memory that reading a block takes, by its number."""


@dataclass(frozen=True)
class Dataset:
    """A dataset as it was given: inputs and columns, not yet bound to a target.

    Attributes
    ----------
    modality
        Name of the modality plug-in, such as ``image`` or ``text``.
    digest
        SHA-256 of the content (every file's path and bytes); does not depend on target or split.
    root
        Directory that image paths are relative to.
    inputs
        One entry per readable row: the image's path relative to ``root``, or the text itself. Where inputs are
        stored in shards, texts are read when they are asked for, and of images it is the row's id.
    row_ids
        One stable id per row, unique: file path, manifest row number, or shard and row number.
    columns
        Every other column as strings, "" where missing; each of length ``len(inputs)``. A folder per class
        gives the column ``label``; folders ``train/`` ``validation/`` ``test/`` above it the column ``split``.
    issues
        Rows that were left out, each with its reason, and remarks on the source.
    set_aside
        Columns of the manifest that are not in ``columns``, such as the one with the inputs, each with the reason
        as the end of a sentence that begins with the column's name.
    stored
        Where inputs are read that are rows of shards, else None.
    on_demand
        Whether there are more inputs than may be decoded at once: whoever needs many reads some at a time.
    """

    modality: str
    digest: str
    root: Path
    inputs: Sequence[str]
    row_ids: Sequence[str]
    columns: Mapping[str, tuple[str, ...]]
    issues: tuple[RowIssue, ...] = ()
    set_aside: Mapping[str, str] = field(default_factory=dict)
    stored: StoredInputs | None = None
    on_demand: bool = False

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass(frozen=True)
class Split:
    """Row indices of the three parts, disjoint and each sorted ascending (int64).

    ``source`` says where it came from: ``column:NAME`` or ``drawn``.
    """

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]
    source: str = "drawn"

    def part(self, name: str) -> NDArray[np.int64]:
        """Return the indices of ``train``, ``validation`` or ``test``."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]


@dataclass(frozen=True)
class TargetData:
    """A dataset bound to a target column and a split: what every later room works on.

    Attributes
    ----------
    task
        Name of a task of :mod:`automl_tl.data.tasks`, such as ``classification`` (single label).
    target
        Name of the target column.
    class_names
        Names of a model's outputs: the sorted classes, the sorted labels, or the name of the predicted number.
    labels
        As the task says: int64 (N,) indices into ``class_names``, -1 for rows without a label; int64 (N, L) of 0
        and 1, -1 throughout; or float64 (N,), NaN. Rows without a label are in no part of the split.
    sensitive
        Column name -> N group values ("" = unknown), for the bias report.
    group_by
        Column whose values never cross two parts of the split, or "".
    copies
        int64 (N,): labelled rows with the same input have the same number, others -1; None where the split was
        not drawn by it, so that nobody looked yet.
    """

    dataset: Dataset
    task: str
    target: str
    class_names: tuple[str, ...]
    labels: NDArray[Any]
    split: Split
    sensitive: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    group_by: str = ""
    copies: NDArray[np.int64] | None = None

    @property
    def groups(self) -> tuple[str, ...] | None:
        """The group of each row (N,), as :func:`group_cells` reads it; None without ``group_by``."""
        return group_cells(self.dataset, self.group_by) if self.group_by else None

    @property
    def n_classes(self) -> int:
        """Number of classes, labels or predicted numbers."""
        return len(self.class_names)


def group_cells(dataset: Dataset, column: str) -> tuple[str, ...]:
    """Return the group of each row (N,): the cells of a column, without outer spaces."""
    return tuple(cell.strip() for cell in dataset.columns[column])
