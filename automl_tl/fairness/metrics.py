"""Rates by group: counted by fairlearn's MetricFrame, divided here so that 0/0 is never a silent 0."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.groups import Groups
from automl_tl.fairness.base import Rate
from automl_tl.fairness.bounds import rate

__all__ = ["ACCURACY", "group_rates", "rate_names", "selection_rate_name", "true_positive_rate_name"]

ACCURACY = "accuracy"

_Count = Callable[[NDArray[np.int64], NDArray[np.int64]], int]


def selection_rate_name(class_name: str) -> str:
    """Return the column name of the share of rows that are predicted as this class."""
    return f"selection_rate[{class_name}]"


def true_positive_rate_name(class_name: str) -> str:
    """Return the column name of the share of this class's rows that are predicted as it."""
    return f"true_positive_rate[{class_name}]"


def rate_names(class_names: Sequence[str], classes: Sequence[int]) -> tuple[str, ...]:
    """Return the columns in order: accuracy, then selection and true-positive rate of each class."""
    names = [ACCURACY]
    for index in classes:
        names += [selection_rate_name(class_names[index]), true_positive_rate_name(class_names[index])]
    return tuple(names)


def group_rates(
    y_true: NDArray[np.int64],
    y_pred: NDArray[np.int64],
    groups: Groups,
    class_names: Sequence[str],
    classes: Sequence[int],
) -> tuple[dict[str, Rate], ...]:
    """Return the rates of every group in ``groups.names`` order; all rates are one-vs-rest and in [0, 1]."""
    import pandas as pd
    from fairlearn.metrics import MetricFrame

    counters: dict[str, _Count] = {"rows": lambda true, pred: len(true), "right": _count_right}
    for index in classes:
        counters |= {f"{kind} {index}": count for kind, count in _class_counters(index).items()}
    known = groups.codes >= 0
    if not known.any():
        return ()
    # Series, because MetricFrame squeezes an array of one row to no dimension at all and then refuses it.
    columns = [pd.Series(column[known]) for column in (y_true, y_pred, groups.codes)]
    frame = MetricFrame(
        metrics=counters, y_true=columns[0], y_pred=columns[1], sensitive_features=columns[2].rename("group")
    )
    rows = frame.by_group
    return tuple(_rates(rows.loc[code], class_names, classes) for code in range(len(groups.names)))


def _rates(counts: dict[str, int], class_names: Sequence[str], classes: Sequence[int]) -> dict[str, Rate]:
    rows = int(counts["rows"])
    rates = {ACCURACY: rate(int(counts["right"]), rows, what="rows")}
    for index in classes:
        name = class_names[index]
        rates[selection_rate_name(name)] = rate(int(counts[f"selected {index}"]), rows, what="rows")
        rates[true_positive_rate_name(name)] = rate(
            int(counts[f"hit {index}"]), int(counts[f"positive {index}"]), what=f'rows of class "{name}"'
        )
    return rates


def _count_right(true: NDArray[np.int64], pred: NDArray[np.int64]) -> int:
    return int((np.asarray(true) == np.asarray(pred)).sum())


def _class_counters(index: int) -> dict[str, _Count]:
    return {
        "selected": lambda true, pred: int((np.asarray(pred) == index).sum()),
        "positive": lambda true, pred: int((np.asarray(true) == index).sum()),
        "hit": lambda true, pred: int(((np.asarray(true) == index) & (np.asarray(pred) == index)).sum()),
    }
