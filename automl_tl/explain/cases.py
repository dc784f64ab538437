"""What is to be explained: rows of a dataset as decoded inputs, or the reason why one cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Example, TargetData
from automl_tl.data.modalities.base import modalities
from automl_tl.data.tasks.base import target_tasks
from automl_tl.errors import DatasetError
from automl_tl.explain.base import Unexplained
from automl_tl.explain.with_columns import Mixed

__all__ = ["Case", "cases_from", "readable_cases"]


@dataclass(frozen=True)
class Case:
    """One prediction to explain: dataset row, its stable id, the decoded input and what is true, in words.

    ``truth`` are the true classes or labels by number, in order; None where they are not known, and of a number.
    """

    row: int
    row_id: str
    example: Example | Mixed
    true_class: str
    truth: tuple[int, ...] | None = None


def cases_from(data: TargetData, rows: Sequence[int] | NDArray[np.int64]) -> tuple[Case, ...]:
    """Read these dataset rows as cases; raises DatasetError if one cannot be decoded."""
    indices = [int(row) for row in rows]
    examples = modalities.get(data.dataset.modality).read(data.dataset, indices)
    describe = target_tasks.get(data.task).describe
    return tuple(
        Case(
            row,
            data.dataset.row_ids[row],
            example,
            describe(data.labels[row], data.class_names),
            _truth(data.labels[row]),
        )
        for row, example in zip(indices, examples, strict=True)
    )


def readable_cases(
    data: TargetData, rows: Sequence[int] | NDArray[np.int64]
) -> tuple[tuple[Case, ...], tuple[Unexplained, ...]]:
    """Read these rows one by one: those that can be decoded, and those that cannot with the reason."""
    found: list[Case] = []
    failed: list[Unexplained] = []
    for row in (int(each) for each in rows):
        try:
            found += cases_from(data, [row])
        except DatasetError as error:
            failed.append(Unexplained(row, data.dataset.row_ids[row], error.message))
    return tuple(found), tuple(failed)


def _truth(label: Any) -> tuple[int, ...] | None:
    exact = np.asarray(label)
    if exact.dtype.kind == "f":
        return None
    return tuple(np.flatnonzero(exact == 1).tolist()) if exact.ndim else (int(exact),)
