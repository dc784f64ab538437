"""Binding a dataset to what shall be predicted: labels of a task, split and sensitive columns."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import numpy as np

from automl_tl.data.copies import content_numbers, keep_copies_together
from automl_tl.data.dataset import PARTS, Dataset, Split, TargetData, group_cells
from automl_tl.data.limits import Limits
from automl_tl.data.parts import SPLIT_COLUMN, part_of
from automl_tl.data.split import SplitPlan, draw_split, obey_split
from automl_tl.data.tasks.base import Column, Strata, target_tasks
from automl_tl.errors import DatasetError

__all__ = ["bind_target"]


def bind_target(
    dataset: Dataset,
    *,
    task: str = "classification",
    target: str = "label",
    split_column: str = "",
    group_by: str = "",
    sensitive: Sequence[str] = (),
    validation_fraction: float = 0.2,
    test_fraction: float = 0.2,
    seed: int = 0,
    limits: Limits | None = None,
    join_copies: bool = True,
) -> TargetData:
    """Bind a dataset to a target column and divide it into train, validation and test.

    Parameters
    ----------
    task
        Name of a registered task: ``classification`` (one class per row), ``multilabel`` (any number of labels per
        row) or ``regression`` (one number per row).
    target
        Column with the labels; rows whose cell is empty belong to no part.
    split_column
        Column that names the parts; "" takes the column ``split`` (in any letter case) if it names parts,
        else the split is drawn.
    group_by
        Column whose values never cross two parts; rows without a value are one group.
    sensitive
        Columns for the bias report.
    validation_fraction, test_fraction
        For parts that are drawn; see :func:`automl_tl.data.split.draw_split`.
    join_copies
        Whether rows with the same input are kept in one part where parts are drawn; every input is read for it.

    Raises
    ------
    DatasetError
        For a task or columns that are unknown, columns that were set aside, labels that do not fit the task, a
        class that is too small, a bad split column, or too few different inputs to fill the parts.
    LimitExceeded
        Beyond ``max_classes``.
    """
    if task not in target_tasks:
        known = ", ".join(target_tasks.names())
        raise DatasetError(f"task {task!r} is not supported; supported: {known}", field="task")
    kind = target_tasks.get(task)
    cells = tuple(cell.strip() for cell in _column(dataset, target, "target"))
    remarks = tuple(f"{issue.row} {issue.problem}" for issue in dataset.issues if not issue.left_out)
    labels = kind.read(Column(target, cells, dataset.row_ids, remarks), limits or Limits())
    if group_by:
        _column(dataset, group_by, "group_by")
    groups = group_cells(dataset, group_by) if group_by else None
    for name in sensitive:
        _column(dataset, name, "sensitive")
        if name == target:
            raise DatasetError(f"sensitive: {name!r} is the target itself; name another column", field="sensitive")
    plan = SplitPlan(validation_fraction, test_fraction, seed)
    strata = kind.strata(labels.values, labels.names)
    split = _split(dataset, strata, target, split_column, groups, plan)
    drawn, copies = _drawn(dataset, split, strata), None
    if join_copies and drawn:
        copies = content_numbers(dataset, np.flatnonzero(strata.codes >= 0))
        split = keep_copies_together(split, copies, strata, drawn=drawn, groups=groups, seed=seed)
    return TargetData(
        dataset=dataset,
        task=task,
        target=target,
        class_names=labels.names,
        labels=labels.values,
        split=split,
        sensitive={name: dataset.columns[name] for name in sensitive},
        group_by=group_by,
        copies=copies,
    )


def _column(dataset: Dataset, name: str, field: str) -> tuple[str, ...]:
    if name in dataset.columns:
        return dataset.columns[name]
    if name in dataset.set_aside:
        raise DatasetError(f"{field}: {name!r} {dataset.set_aside[name]}", field=field)
    known = ", ".join(dataset.columns) or "none"
    near = difflib.get_close_matches(name, list(dataset.columns), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise DatasetError(f"{field}: there is no column {name!r}; the dataset has {known}{hint}", field=field)


def _split(
    dataset: Dataset,
    strata: Strata,
    target: str,
    split_column: str,
    groups: Sequence[str] | None,
    plan: SplitPlan,
) -> Split:
    column = split_column or _usual_split_column(dataset, target)
    if not column:
        return draw_split(
            strata.codes,
            class_names=strata.names,
            groups=groups,
            plan=plan,
            members=strata.members,
            noun=strata.noun,
        )
    if column == target:
        raise DatasetError(f"split: {column!r} is the target itself; name another column", field="split.column")
    return obey_split(
        _column(dataset, column, "split.column"),
        strata.codes,
        column=column,
        class_names=strata.names,
        row_ids=dataset.row_ids,
        groups=groups,
        plan=plan,
        members=strata.members,
        noun=strata.noun,
    )


def _drawn(dataset: Dataset, split: Split, strata: Strata) -> tuple[str, ...]:
    """Return the parts that no labelled row was stated to belong to."""
    column = split.source.partition("column:")[2]
    if not column:
        return PARTS[1:]
    stated = {part_of(dataset.columns[column][row]) for row in np.flatnonzero(strata.codes >= 0).tolist()}
    return tuple(part for part in PARTS[1:] if part not in stated)


def _usual_split_column(dataset: Dataset, target: str) -> str:
    called = [name for name in dataset.columns if name.lower() == SPLIT_COLUMN and name != target]
    called.sort(key=lambda name: name != SPLIT_COLUMN)  # the exact name first
    return next((name for name in called if any(map(part_of, dataset.columns[name]))), "")
