"""Dividing labelled rows into train, validation and test: drawn, or as a column says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.carve import carve_groups, carve_members, carve_rows
from automl_tl.data.dataset import PARTS, Split
from automl_tl.data.parts import PART_WORDS, part_of
from automl_tl.errors import DatasetError

__all__ = ["SplitPlan", "draw_split", "obey_split"]

_Rows = NDArray[np.int64]


@dataclass(frozen=True)
class SplitPlan:
    """How parts are drawn.

    Attributes
    ----------
    validation_fraction
        In (0, 0.5): share of what is left after the test part.
    test_fraction
        In (0, 0.5): share of the labelled rows.
    seed
        The same rows, plan and seed give the same split.
    """

    validation_fraction: float = 0.2
    test_fraction: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("validation_fraction", "test_fraction"):
            value = getattr(self, name)
            if not 0 < value < 0.5:
                raise DatasetError(f"{name} must lie between 0 and 0.5 but is {value}", field=name)


def draw_split(
    labels: NDArray[np.int64],
    *,
    class_names: Sequence[str],
    groups: Sequence[str] | None = None,
    plan: SplitPlan | None = None,
    members: NDArray[np.bool_] | None = None,
    noun: str = "class",
) -> Split:
    """Draw a stratified split; its test part does not depend on the validation fraction.

    Parameters
    ----------
    labels
        int64 (N,), index into ``class_names``, -1 for rows that belong to no part.
    groups
        N group names that never cross two parts, or None.
    members
        bool (N, K) where rows can belong to several classes, the first K of ``class_names``: these are then what
        every part holds its share of.
    noun
        What messages call a class; "" where parts need not hold each.

    Raises
    ------
    DatasetError
        If a class has fewer than 3 examples, or there are too few groups.
    """
    plan = plan or SplitPlan()
    rows = np.flatnonzero(labels >= 0).astype(np.int64)
    if noun and members is None:
        _check_class_sizes(labels[rows], class_names)
    if groups is not None and len({groups[row] for row in rows.tolist()}) < len(PARTS):
        raise DatasetError(
            "group_by: the labelled rows have fewer than 3 groups, and each part needs its own; group by another "
            "column or give a split column",
            field="group_by",
        )
    rng = np.random.default_rng(plan.seed)
    rest, test = _carve(rows, labels, members, groups, "test", plan.test_fraction, rng, noun=noun)
    train, validation = _carve(
        rest, labels, members, groups, "validation", plan.validation_fraction, rng, noun=noun
    )
    return Split(train, validation, test, source="drawn")


def obey_split(
    cells: Sequence[str],
    labels: NDArray[np.int64],
    *,
    column: str,
    class_names: Sequence[str],
    row_ids: Sequence[str],
    groups: Sequence[str] | None = None,
    plan: SplitPlan | None = None,
    members: NDArray[np.bool_] | None = None,
    noun: str = "class",
) -> Split:
    """Divide rows as a column says (train, validation, test, in the words of ``PART_WORDS``).

    A part without labelled rows is drawn from train: first test, then validation. ``labels``, ``members`` and
    ``noun`` are those of :func:`draw_split`.

    Raises
    ------
    DatasetError
        For a cell that names no part, no train rows, a class that train lacks, or a group in two parts.
    """
    plan = plan or SplitPlan()
    parts = _stated_parts(cells, labels, column, row_ids)
    _check_groups(parts, groups, column)
    _check_train(parts, column)
    if noun:
        _check_learnable(parts, _present(labels, members), class_names, column, noun)
    rng = np.random.default_rng(plan.seed)
    for part, fraction in (("test", plan.test_fraction), ("validation", plan.validation_fraction)):
        if not len(parts[part]):
            parts["train"], parts[part] = _carve(
                parts["train"], labels, members, groups, part, fraction, rng, noun=noun
            )
    return Split(parts["train"], parts["validation"], parts["test"], source=f"column:{column}")


def _carve(
    rows: _Rows,
    labels: NDArray[np.int64],
    members: NDArray[np.bool_] | None,
    groups: Sequence[str] | None,
    part: str,
    fraction: float,
    rng: np.random.Generator,
    *,
    noun: str,
) -> tuple[_Rows, _Rows]:
    """Return (what stays, what is carved out), both ascending."""
    keep = 2 if part == "test" else 1  # what stays behind a test part must still give train and validation
    own = None if groups is None else [groups[row] for row in rows.tolist()]
    reason = "no group can be spared without losing a class; group by another column"
    if members is not None:
        chosen = carve_members(members[rows], own, fraction, rng, keep=keep)
        reason = "no row or group can be spared without losing a label; add examples"
    elif own is None:
        chosen = carve_rows(labels[rows], fraction, rng, keep=keep)
        reason = f"no class has more than {keep} examples to draw from; add examples"
    else:
        chosen = carve_groups(labels[rows], own, fraction, rng, keep=keep, spare_classes=bool(noun))
    if not chosen.any():
        field = "" if groups is None else "group_by"
        raise DatasetError(f"a {part} part cannot be drawn: {reason}, or give a split column", field=field)
    return rows[~chosen], rows[chosen]


def _stated_parts(
    cells: Sequence[str], labels: NDArray[np.int64], column: str, row_ids: Sequence[str]
) -> dict[str, _Rows]:
    members: dict[str, list[int]] = {part: [] for part in PARTS}
    for row in np.flatnonzero(labels >= 0).tolist():
        part = part_of(cells[row])
        if not part:
            words = "; ".join(f"{name}: {', '.join(words)}" for name, words in PART_WORDS.items())
            raise DatasetError(
                f"row {row_ids[row]}, column {column!r}: {cells[row]!r} names no part; write one of {words}",
                field=column,
            )
        members[part].append(row)
    return {part: np.array(rows, dtype=np.int64) for part, rows in members.items()}


def _check_class_sizes(labels: NDArray[np.int64], class_names: Sequence[str]) -> None:
    for name, count in zip(class_names, np.bincount(labels, minlength=len(class_names)), strict=True):
        if count < len(PARTS):
            raise DatasetError(
                f"class {name!r} has {count} example{'s' if count != 1 else ''}, but a split needs at least 3 "
                "(train, validation, test); add examples, merge the class with another, or remove it",
                field=name,
            )


def _check_groups(parts: Mapping[str, _Rows], groups: Sequence[str] | None, column: str) -> None:
    if groups is None:
        return
    home: dict[str, str] = {}
    for part, rows in parts.items():
        for group in {groups[row] for row in rows.tolist()}:
            if home.setdefault(group, part) != part:
                raise DatasetError(
                    f"column {column!r} puts the group {group!r} into {home[group]} and {part}, but group_by asks "
                    "that no group crosses parts; change the split column, rename it so that the split is drawn, "
                    "or drop group_by",
                    field="group_by",
                )


def _check_train(parts: Mapping[str, _Rows], column: str) -> None:
    if not len(parts["train"]):
        stated = ", ".join(f"{len(rows)} {part}" for part, rows in parts.items() if len(rows)) or "none"
        raise DatasetError(
            f"column {column!r} marks no labelled row train (marked: {stated}), so nothing can be learnt; "
            "mark some rows train, or rename the column so that the split is drawn",
            field=column,
        )


def _present(labels: NDArray[np.int64], members: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """Return which classes each row belongs to, bool (N, K)."""
    return labels[:, None] == np.arange(labels.max(initial=-1) + 1) if members is None else members


def _check_learnable(
    parts: Mapping[str, _Rows], present: NDArray[np.bool_], class_names: Sequence[str], column: str, noun: str
) -> None:
    """Refuse a class that validation or test asks for and train does not teach."""
    trained = present[parts["train"]].any(axis=0)
    for part in ("validation", "test"):
        for label in np.flatnonzero(present[parts[part]].any(axis=0) & ~trained).tolist():
            raise DatasetError(
                f"{noun} {class_names[label]!r} occurs in {part} but not in train (column {column!r}); mark some "
                "of its rows train, or remove them",
                field=column,
            )
