"""The type that says what is in a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from automl_tl.data.dataset import RowIssue
from automl_tl.data.duplicates import DuplicateGroup

__all__ = ["QUANTILES", "ColumnProfile", "Profile"]

QUANTILES = {"min": 0.0, "q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95, "max": 1.0}
"""Name -> share of the values that lie below."""

_EXAMPLES = 20


@dataclass(frozen=True)
class ColumnProfile:
    """One column: how many cells are empty, and how many different values the others have."""

    name: str
    missing: int
    distinct: int


@dataclass(frozen=True)
class Profile:
    """What is in a dataset that is bound to a target.

    Attributes
    ----------
    rows
        Usable rows; ``labelled`` of them have a label and a part, ``unlabelled`` have none.
    unreadable
        Rows that were left out; ``issues`` says why, with remarks on the source.
    class_counts
        Part -> class, label or range of numbers -> rows.
    part_rows
        Part -> rows.
    imbalance_ratio
        Size of the largest class or label over that of the smallest, over all parts; 1 for numbers.
    numbers
        Part -> name in :data:`QUANTILES` -> value of a predicted number; {} where classes are predicted.
    distinct, far_out
        Of a predicted number: different values, and rows far outside the range of the others.
    sizes
        Such as ``width`` (pixels) or ``words`` -> name in :data:`QUANTILES` -> value.
    group_counts
        Sensitive column -> group ("" for unknown) -> part -> rows; see :func:`automl_tl.data.groups.group_values`.
    group_notes
        Sensitive column -> what was done to its values to get few groups, for columns with many.
    split_groups
        Part -> groups of ``group_by`` in it; {} without ``group_by``.
    duplicates
        Every group of rows with the same input.
    leaked_test_rows
        Test rows with a copy in train or validation; ``leaked_validation_rows`` those with a copy in train.
    warnings
        Plain sentences, the most serious first.
    """

    modality: str
    digest: str
    task: str
    target: str
    class_names: tuple[str, ...]
    rows: int
    labelled: int
    unlabelled: int
    unreadable: int
    issues: tuple[RowIssue, ...]
    split_source: str
    group_by: str
    class_counts: Mapping[str, Mapping[str, int]]
    imbalance_ratio: float
    sizes: Mapping[str, Mapping[str, float]]
    columns: tuple[ColumnProfile, ...]
    group_counts: Mapping[str, Mapping[str, Mapping[str, int]]]
    duplicates: tuple[DuplicateGroup, ...]
    leaked_test_rows: tuple[int, ...]
    leaked_validation_rows: tuple[int, ...]
    warnings: tuple[str, ...]
    group_notes: Mapping[str, str] = field(default_factory=dict)
    split_groups: Mapping[str, int] = field(default_factory=dict)
    part_rows: Mapping[str, int] = field(default_factory=dict)
    numbers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    distinct: int = 0
    far_out: int = 0

    @property
    def part_counts(self) -> dict[str, int]:
        """Part -> rows."""
        by_class = {part: sum(counts.values()) for part, counts in self.class_counts.items()}
        return {**by_class, **self.part_rows}

    @property
    def crossing_duplicates(self) -> tuple[DuplicateGroup, ...]:
        """Duplicates whose copies lie in different parts."""
        return tuple(group for group in self.duplicates if group.crosses_parts)

    def to_json(self) -> dict[str, Any]:
        """Return the profile as JSON values; of issues and duplicates the first 20 each, with their totals."""
        crossing = self.crossing_duplicates
        others = [group for group in self.duplicates if not group.crosses_parts]
        shown = [*crossing, *others][:_EXAMPLES]
        return {
            **{key: value for key, value in asdict(self).items() if key not in ("issues", "duplicates")},
            "part_counts": self.part_counts,
            "issues": [asdict(issue) for issue in self.issues[:_EXAMPLES]],
            "issues_total": len(self.issues),
            "duplicates": {
                "groups": len(self.duplicates),
                "rows": sum(len(group.rows) for group in self.duplicates),
                "groups_across_parts": len(crossing),
                "groups_with_conflicting_labels": sum(group.conflicting for group in self.duplicates),
                "examples": [{**asdict(group), "crosses_parts": group.crosses_parts} for group in shown],
            },
        }
