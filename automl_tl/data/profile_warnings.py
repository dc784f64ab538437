"""What a person should know about a dataset before believing any figure, as plain sentences."""

from __future__ import annotations

from collections.abc import Iterator

from automl_tl.data.parts import PART_WORDS, SPLIT_COLUMN
from automl_tl.data.profile_types import Profile

__all__ = ["profile_warnings"]

_SMALL_CLASS = 5
_SMALL_GROUP = 10
_SMALL_TEST = 50
_FEW_TEST_GROUPS = 5
_IMBALANCED = 10.0
_MISSING_SHARE = 0.2
_WORDS_FOR_MISSING = frozenset({"nan", "na", "n/a", "#n/a", "<na>", "nat", "null", "none"})


def profile_warnings(found: Profile) -> tuple[str, ...]:
    """Return the warnings of a profile, leakage first."""
    return (
        *_leakage(found),
        *_split(found),
        *_rows(found),
        *_classes(found),
        *_groups(found),
        *_remarks(found),
    )


def _leakage(found: Profile) -> Iterator[str]:
    leaks = (
        ("test", "training or validation", found.leaked_test_rows, "Test figures look better than they are"),
        ("validation", "training", found.leaked_validation_rows, "The search may prefer models that memorise"),
    )
    for part, seen, rows, effect in leaks:
        if rows:
            told = f"{_count(len(rows), f'{part} row')} ({len(rows) / found.part_counts[part]:.1%})"
            yield (
                f"{told} {_have(len(rows))} an exact copy among the {seen} rows. {effect}; remove the copies, or "
                "keep them in one part with group_by."
            )
    conflicts = sum(group.conflicting for group in found.duplicates)
    if conflicts:
        yield (
            f"{_count(conflicts, 'set')} of identical inputs {_have(conflicts)} different labels, so some labels "
            "must be wrong."
        )


def _split(found: Profile) -> Iterator[str]:
    if found.split_source != "drawn":
        return
    for column in found.columns:
        if column.name.lower() == SPLIT_COLUMN and column.name != found.target:
            yield (
                f"The column {column.name!r} was not used as the split, because none of its values names a part "
                f"({', '.join(PART_WORDS)}); the parts were drawn."
            )


def _rows(found: Profile) -> Iterator[str]:
    if found.unreadable:
        first = next(issue for issue in found.issues if issue.left_out)
        yield (
            f"{_count(found.unreadable, 'row')} could not be used and {_are(found.unreadable)} left out; the "
            f"first is {first.row}: {first.problem}."
        )
    if found.unlabelled:
        rows = _count(found.unlabelled, "row")
        yield f"{rows} without a value of {found.target!r} {_are(found.unlabelled)} not used."
    tested = found.part_counts["test"]
    if tested < _SMALL_TEST:
        yield f"The test part has only {_count(tested, 'row')}; its figures have wide intervals."

    groups = found.split_groups.get("test", _FEW_TEST_GROUPS)
    if groups < _FEW_TEST_GROUPS:
        yield (
            f"The test part holds only {_count(groups, 'group')} of {found.group_by!r}. Rows of one group are "
            "alike, so the test figures rest on few independent cases and their true intervals are wider than "
            "those shown, or unknown."
        )


def _classes(found: Profile) -> Iterator[str]:
    if found.imbalance_ratio >= _IMBALANCED:
        yield (
            f"The largest class has {found.imbalance_ratio:.0f} times as many rows as the smallest; accuracy says "
            "little about small classes, so look at balanced accuracy."
        )
    missing = [name for name in found.class_names if name.lower() in _WORDS_FOR_MISSING]
    if missing:
        told = f"{_count(len(missing), 'class', 'classes')} of {found.target!r} {_have(len(missing))}"
        yield (
            f"{told} a name that often means a missing value: {_some(missing)}. If it does, leave these cells "
            "empty, so that their rows are not used."
        )
    small = [name for name, count in found.class_counts["train"].items() if count < _SMALL_CLASS]
    if small:
        yield (
            f"{_count(len(small), 'class', 'classes')} {_have(len(small))} fewer than {_SMALL_CLASS} training "
            f"rows: {_some(small)}."
        )
    for part in ("validation", "test"):
        absent = [name for name, count in found.class_counts[part].items() if count == 0]
        if absent:
            yield f"The {part} part has no row of {_some(absent)}, so nothing is measured for it."


def _groups(found: Profile) -> Iterator[str]:
    for column, groups in found.group_counts.items():
        unknown = sum(groups.get("", {}).values())
        known = {name: parts["test"] for name, parts in groups.items() if name}
        if unknown:
            yield f"{_count(unknown, 'row')} {_have(unknown)} no value of the sensitive column {column!r}."
        if column in found.group_notes:
            yield (
                f"The sensitive column {column!r} is {found.group_notes[column]}. Few groups that mean something, "
                "such as ranges of age, say more."
            )
            continue
        small = [name for name, count in known.items() if count < _SMALL_GROUP]
        if small:
            yield (
                f"{_count(len(small), 'group')} of {column!r} {_have(len(small))} fewer than {_SMALL_GROUP} test "
                f"rows and cannot be measured well: {_some(small)}."
            )


def _remarks(found: Profile) -> Iterator[str]:
    for column in found.columns:
        if column.name != found.target and column.missing > _MISSING_SHARE * found.rows:
            yield f"The column {column.name!r} is empty in {column.missing} of {found.rows} rows."
    for issue in found.issues:
        if not issue.left_out:
            yield f"{issue.row}: {issue.problem}."


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _have(number: int) -> str:
    return "has" if number == 1 else "have"


def _some(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
