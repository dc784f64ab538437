"""Binding a dataset to what shall be predicted: classes, labels, split and sensitive columns."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Dataset, Split, TargetData
from automl_tl.data.limits import Limits
from automl_tl.data.parts import SPLIT_COLUMN, part_of
from automl_tl.data.split import SplitPlan, draw_split, obey_split
from automl_tl.errors import DatasetError, LimitExceeded

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
) -> TargetData:
    """Bind a dataset to a target column and divide it into train, validation and test.

    Parameters
    ----------
    task
        ``classification`` (one label per row).
    target
        Column with the classes; rows whose cell is empty get the label -1 and belong to no part.
    split_column
        Column that names the parts; "" takes the column ``split`` (in any letter case) if it names parts,
        else the split is drawn.
    group_by
        Column whose values never cross two parts; rows without a value are one group.
    sensitive
        Columns for the bias report.
    validation_fraction, test_fraction
        For parts that are drawn; see :func:`automl_tl.data.split.draw_split`.

    Raises
    ------
    DatasetError
        For columns that are unknown or were set aside, one class, a continuous target, a class that is too small,
        or a bad split column.
    LimitExceeded
        Beyond ``max_classes``.
    """
    if task != "classification":
        raise DatasetError(f"task {task!r} is not supported; supported: classification", field="task")
    cells = tuple(cell.strip() for cell in _column(dataset, target, "target"))
    remarks = [f"{issue.row} {issue.problem}" for issue in dataset.issues if not issue.left_out]
    class_names, labels = _classes(cells, target, limits or Limits(), remarks)
    groups = _column(dataset, group_by, "group_by") if group_by else None
    for name in sensitive:
        _column(dataset, name, "sensitive")
        if name == target:
            raise DatasetError(f"sensitive: {name!r} is the target itself; name another column", field="sensitive")
    plan = SplitPlan(validation_fraction, test_fraction, seed)
    split = _split(dataset, labels, class_names, target, split_column, groups, plan)
    return TargetData(
        dataset=dataset,
        task=task,
        target=target,
        class_names=class_names,
        labels=labels,
        split=split,
        sensitive={name: dataset.columns[name] for name in sensitive},
        group_by=group_by,
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


def _classes(
    cells: Sequence[str], target: str, limits: Limits, remarks: Sequence[str]
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    given = [cell for cell in cells if cell]
    names = tuple(sorted(set(given)))
    if len(names) < 2:
        found = f"one class, {names[0]!r}" if names else "no labels"
        hint = "".join(f"; {remark}" for remark in remarks[:3])
        raise DatasetError(
            f"target {target!r}: the column has {found}; at least two classes are needed{hint}", field="target"
        )
    _check_discrete(names, len(given), target)
    if len(names) > limits.max_classes:
        raise LimitExceeded(
            f"target {target!r}: {len(names)} classes are more than max_classes = {limits.max_classes}",
            field="target",
        )
    index = {name: place for place, name in enumerate(names)}
    return names, np.array([index.get(cell, -1) for cell in cells], dtype=np.int64)


def _check_discrete(names: Sequence[str], count: int, target: str) -> None:
    """Refuse columns of measurements and of identifiers, which nobody means to predict as classes."""
    try:
        numbers = [float(name) for name in names]
    except ValueError:
        numbers = []
    whole = all(number.is_integer() for number in numbers)
    if numbers and len(names) > (max(20, count // 3) if whole else 20):
        raise DatasetError(
            f"target {target!r} looks like a continuous number ({len(names)} different values in {count} rows, "
            f"such as {names[0]}); classification needs classes: put the numbers into ranges (low, middle, high)",
            field="target",
        )
    if len(names) > 20 and 2 * len(names) > count:
        raise DatasetError(
            f"target {target!r} has {len(names)} different values in {count} rows; that is an identifier or free "
            "text, not a class; name the column with the classes",
            field="target",
        )


def _split(
    dataset: Dataset,
    labels: NDArray[np.int64],
    class_names: Sequence[str],
    target: str,
    split_column: str,
    groups: Sequence[str] | None,
    plan: SplitPlan,
) -> Split:
    column = split_column or _usual_split_column(dataset, target)
    if not column:
        return draw_split(labels, class_names=class_names, groups=groups, plan=plan)
    if column == target:
        raise DatasetError(f"split: {column!r} is the target itself; name another column", field="split.column")
    return obey_split(
        _column(dataset, column, "split.column"),
        labels,
        column=column,
        class_names=class_names,
        row_ids=dataset.row_ids,
        groups=groups,
        plan=plan,
    )


def _usual_split_column(dataset: Dataset, target: str) -> str:
    called = [name for name in dataset.columns if name.lower() == SPLIT_COLUMN and name != target]
    called.sort(key=lambda name: name != SPLIT_COLUMN)  # the exact name first
    return next((name for name in called if any(map(part_of, dataset.columns[name]))), "")
