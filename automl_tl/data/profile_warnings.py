"""What a person should know about a dataset before believing any figure, as plain sentences."""

from __future__ import annotations

from collections.abc import Iterator

from automl_tl.data.parts import PART_WORDS, SPLIT_COLUMN
from automl_tl.data.plain_words import are, counted, have, some
from automl_tl.data.profile_types import Profile
from automl_tl.data.tasks.base import target_tasks

__all__ = ["profile_warnings"]

_SMALL_GROUP = 10
_SMALL_TEST = 50
_FEW_TEST_GROUPS = 5
_MISSING_SHARE = 0.2


def profile_warnings(found: Profile) -> tuple[str, ...]:
    """Return the warnings of a profile, leakage first."""
    return (
        *_leakage(found),
        *_split(found),
        *_rows(found),
        *target_tasks.get(found.task).warnings(found),
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
            told = f"{counted(len(rows), f'{part} row')} ({len(rows) / found.part_counts[part]:.1%})"
            yield (
                f"{told} {have(len(rows))} an exact copy among the {seen} rows. {effect}; remove the copies, or "
                "keep them in one part with group_by."
            )
    conflicts = sum(group.conflicting for group in found.duplicates)
    if conflicts:
        conflict = target_tasks.get(found.task).conflict
        yield f"{counted(conflicts, 'set')} of identical inputs {have(conflicts)} {conflict}."


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
            f"{counted(found.unreadable, 'row')} could not be used and {are(found.unreadable)} left out; the "
            f"first is {first.row}: {first.problem}."
        )
    if found.unlabelled:
        rows = counted(found.unlabelled, "row")
        yield f"{rows} without a value of {found.target!r} {are(found.unlabelled)} not used."
    tested = found.part_counts["test"]
    if tested < _SMALL_TEST:
        yield f"The test part has only {counted(tested, 'row')}; its figures have wide intervals."

    groups = found.split_groups.get("test", _FEW_TEST_GROUPS)
    if groups < _FEW_TEST_GROUPS:
        yield (
            f"The test part holds only {counted(groups, 'group')} of {found.group_by!r}. Rows of one group are "
            "alike, so the test figures rest on few independent cases and their true intervals are wider than "
            "those shown, or unknown."
        )


def _groups(found: Profile) -> Iterator[str]:
    for column, groups in found.group_counts.items():
        unknown = sum(groups.get("", {}).values())
        known = {name: parts["test"] for name, parts in groups.items() if name}
        if unknown:
            yield f"{counted(unknown, 'row')} {have(unknown)} no value of the sensitive column {column!r}."
        if column in found.group_notes:
            yield (
                f"The sensitive column {column!r} is {found.group_notes[column]}. Few groups that mean something, "
                "such as ranges of age, say more."
            )
            continue
        small = [name for name, count in known.items() if count < _SMALL_GROUP]
        if small:
            yield (
                f"{counted(len(small), 'group')} of {column!r} {have(len(small))} fewer than {_SMALL_GROUP} test "
                f"rows and cannot be measured well: {some(small)}."
            )


def _remarks(found: Profile) -> Iterator[str]:
    for column in found.columns:
        if column.name != found.target and column.missing > _MISSING_SHARE * found.rows:
            yield f"The column {column.name!r} is empty in {column.missing} of {found.rows} rows."
    for issue in found.issues:
        if not issue.left_out:
            yield f"{issue.row}: {issue.problem}."
