"""For whom the model fails: every sensitive attribute, group by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.groups import Groups, group_values
from automl_tl.errors import InvalidInput
from automl_tl.fairness.base import AttributeReport, FairnessReport, GroupRow, Rate
from automl_tl.fairness.bounds import detectable_gap, holm, newcombe
from automl_tl.fairness.metrics import ACCURACY, group_rates, rate_names
from automl_tl.fairness.permutation import gap_p_value
from automl_tl.fairness.summary import FEW, SIGNIFICANCE, summarise, verdict_of

__all__ = ["audit"]

_MOST_CLASSES = 20


def audit(
    y_true: Sequence[Any] | NDArray[Any],
    y_pred: Sequence[Any] | NDArray[Any],
    groups: Mapping[str, Sequence[Any] | NDArray[Any]],
    class_names: Sequence[str] | None = None,
    *,
    positive_class: str = "",
    seed: int = 0,
) -> FairnessReport:
    """Compare a classifier's behaviour between groups of people or things.

    Parameters
    ----------
    y_true, y_pred
        True and predicted class of each of N rows: indices into ``class_names``, or the class names themselves.
    groups
        Attribute name -> N group values; "" and None mean unknown. A pandas DataFrame works as well.
    class_names
        Names in index order; None takes the sorted distinct labels.
    positive_class
        With two classes: the one whose rates come first and are read as the outcome; "" takes the last one.
    seed
        Seed of the permutation tests.

    Raises
    ------
    InvalidInput
        If lengths differ or a label is no known class.
    """
    true, pred, names = _encode_labels(y_true, y_pred, class_names)
    classes, notes = _shown_classes(true, pred, names)
    positive = _positive_class(names, positive_class)
    if positive:
        classes = [names.index(positive), 1 - names.index(positive)]
    tested = {attribute: _grouped(attribute, groups[attribute], len(true)) for attribute in groups}
    p_values = [_p_value(true, pred, grouped, seed) for grouped in tested.values()]
    adjusted = holm(p_values)
    n_tests = max(sum(p is not None for p in p_values), 1)
    reports = tuple(
        _attribute_report(attribute, grouped, (true, pred, names, classes), (p, p_adjusted, n_tests))
        for (attribute, grouped), p, p_adjusted in zip(tested.items(), p_values, adjusted, strict=True)
    )
    return FairnessReport(reports, rate_names(names, classes), len(true), positive, notes)


def _attribute_report(
    attribute: str,
    grouped: Groups,
    answers: tuple[NDArray[np.int64], NDArray[np.int64], tuple[str, ...], list[int]],
    test: tuple[float | None, float | None, int],
) -> AttributeReport:
    true, pred, names, classes = answers
    p_value, p_adjusted, n_tests = test
    rates = group_rates(true, pred, grouped, names, classes)
    rows = _group_rows(grouped, rates)
    large = [row for row in rows if row.count >= FEW]
    verdict = verdict_of([row.count for row in large], p_adjusted)
    worst = min(large, key=lambda row: row.rates[ACCURACY].value or 0.0).group if len(large) > 1 else ""
    visible = _visible_gap(large, SIGNIFICANCE / n_tests) if p_value is not None else None
    return AttributeReport(
        attribute=attribute,
        groups=rows,
        gaps={name: _gap([row.rates[name] for row in rows]) for name in rate_names(names, classes)},
        unknown=grouped.unknown,
        summary=summarise(attribute, rows, verdict, worst, p_adjusted, visible),
        p_value=p_value,
        p_adjusted=p_adjusted,
        verdict=verdict,
        worst_group=worst,
        detectable_gap=visible,
        note=grouped.note,
    )


def _group_rows(grouped: Groups, rates: Sequence[Mapping[str, Rate]]) -> tuple[GroupRow, ...]:
    total_right = sum(group[ACCURACY].numerator for group in rates)
    total = sum(group[ACCURACY].denominator for group in rates)
    rows = []
    for name, group in zip(grouped.names, rates, strict=True):
        own = group[ACCURACY]
        rest = total - own.denominator
        difference = None
        if rest and own.denominator:
            difference = newcombe(own.numerator, own.denominator, total_right - own.numerator, rest)
        rows.append(GroupRow(name, own.denominator, group, difference))
    return tuple(rows)


def _p_value(true: NDArray[np.int64], pred: NDArray[np.int64], grouped: Groups, seed: int) -> float | None:
    known = grouped.codes >= 0
    sizes = np.bincount(grouped.codes[known], minlength=len(grouped.names))
    right = np.bincount(grouped.codes[known & (true == pred)], minlength=len(grouped.names))
    large = sizes >= FEW
    return gap_p_value(right[large], sizes[large], seed=seed) if large.sum() >= 2 else None


def _visible_gap(rows: Sequence[GroupRow], alpha: float) -> float:
    """Return the gap between the smallest tested group and the rest that would probably have been seen."""
    sizes = [row.count for row in rows]
    share = sum(row.rates[ACCURACY].numerator for row in rows) / sum(sizes)
    return detectable_gap(share, min(sizes), sum(sizes) - min(sizes), alpha=alpha)


def _gap(rates: Sequence[Rate]) -> float | None:
    values = [rate.value for rate in rates if rate.value is not None]
    return max(values) - min(values) if len(values) >= 2 else None


def _grouped(attribute: str, values: Sequence[Any] | NDArray[Any], n_rows: int) -> Groups:
    listed = ["" if value is None or value != value else str(value) for value in values]
    if len(listed) != n_rows:
        raise InvalidInput(
            f"groups[{attribute!r}] must have one value per row ({n_rows}) but has {len(listed)}",
            field=f"groups.{attribute}",
        )
    return group_values(listed)


def _encode_labels(
    y_true: Sequence[Any] | NDArray[Any], y_pred: Sequence[Any] | NDArray[Any], class_names: Sequence[str] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[str, ...]]:
    true, pred = list(np.asarray(y_true).tolist()), list(np.asarray(y_pred).tolist())
    if len(true) != len(pred):
        raise InvalidInput(f"y_pred must be as long as y_true ({len(true)}) but has {len(pred)}", field="y_pred")
    if class_names is None:
        labels = sorted({*true, *pred}, key=lambda label: (str(type(label)), label))
        names = tuple(str(label) for label in labels)
        positions = {label: index for index, label in enumerate(labels)}
    else:
        names = tuple(class_names)
        positions = {name: index for index, name in enumerate(names)}
        positions |= {index: index for index in range(len(names))}  # type: ignore[dict-item]
    return _encode(true, positions, "y_true"), _encode(pred, positions, "y_pred"), names


def _encode(labels: Sequence[Any], positions: Mapping[Any, int], field: str) -> NDArray[np.int64]:
    for row, label in enumerate(labels):
        if label not in positions:
            raise InvalidInput(f"{field}[{row}] must be a known class but got {label!r}", field=field)
    return np.array([positions[label] for label in labels], dtype=np.int64)


def _shown_classes(
    true: NDArray[np.int64], pred: NDArray[np.int64], names: Sequence[str]
) -> tuple[list[int], tuple[str, ...]]:
    if len(names) <= _MOST_CLASSES:
        return list(range(len(names))), ()
    counts = np.bincount(true, minlength=len(names))
    largest = sorted(np.argsort(-counts, kind="stable")[:_MOST_CLASSES].tolist())
    note = f"rates per class are given for the {_MOST_CLASSES} most frequent of {len(names)} classes"
    return largest, (note,)


def _positive_class(names: tuple[str, ...], wanted: str) -> str:
    if wanted and wanted not in names:
        raise InvalidInput(
            f"positive_class must be one of {', '.join(names)} but got {wanted!r}", field="positive_class"
        )
    return (wanted or names[1]) if len(names) == 2 else ""
