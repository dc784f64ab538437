"""What is in a dataset: counts, balance, duplicates, sizes, groups, and what a person should be warned of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import PARTS, TargetData
from automl_tl.data.duplicates import find_duplicates, leaked_rows
from automl_tl.data.groups import group_values
from automl_tl.data.modalities.base import modalities
from automl_tl.data.parallel import thread_map
from automl_tl.data.profile_types import QUANTILES, ColumnProfile, Profile
from automl_tl.data.profile_warnings import profile_warnings
from automl_tl.data.tasks.base import TargetTask, target_tasks
from automl_tl.data.tasks.regression import far_outside

__all__ = ["ColumnProfile", "Profile", "profile"]


def profile(data: TargetData, *, most_rows: int = 0, veiled: bool = False, seed: int = 0) -> Profile:
    """Look at every labelled row of ``data`` and return what is in it.

    Parameters
    ----------
    most_rows
        Inputs that are looked at, drawn with ``seed``, where there are more; 0 means all. Counts are of all rows.
    veiled
        Whether names of groups must not show cells of single rows; see :func:`automl_tl.data.groups.group_values`.
    """
    dataset = data.dataset
    task = target_tasks.get(data.task)
    looked_at = _looked_at(data, most_rows, seed)
    duplicates = find_duplicates(data, lambda label: task.describe(label, data.class_names), rows=looked_at)
    counts = _class_counts(data, task)
    labelled = sum(len(data.split.part(part)) for part in PARTS)
    groups = {name: _group_counts(data, name, veiled) for name in data.sensitive}
    found = Profile(
        modality=dataset.modality,
        digest=dataset.digest,
        task=data.task,
        target=data.target,
        class_names=data.class_names,
        rows=len(dataset),
        labelled=labelled,
        unlabelled=len(dataset) - labelled,
        unreadable=sum(issue.left_out for issue in dataset.issues),
        issues=dataset.issues,
        split_source=data.split.source,
        group_by=data.group_by,
        class_counts=counts,
        imbalance_ratio=_imbalance(data, counts),
        sizes=_sizes(data, looked_at),
        columns=tuple(
            ColumnProfile(name, cells.count(""), len(set(cells) - {""})) for name, cells in dataset.columns.items()
        ),
        group_counts={name: counts for name, (counts, _) in groups.items()},
        duplicates=duplicates,
        leaked_test_rows=leaked_rows(duplicates, "test", ("train", "validation")),
        leaked_validation_rows=leaked_rows(duplicates, "validation", ("train",)),
        warnings=(),
        split_groups=_split_groups(data),
        group_notes={name: note for name, (_, note) in groups.items() if note},
        part_rows={part: len(data.split.part(part)) for part in PARTS},
        **_numbers(data),
    )
    return replace(found, warnings=profile_warnings(found))


def _class_counts(data: TargetData, task: TargetTask) -> dict[str, dict[str, int]]:
    counts = task.counts(data.labels, data.class_names)
    return {part: counts.by_name(data.split.part(part)) for part in PARTS}


def _imbalance(data: TargetData, counts: Mapping[str, Mapping[str, int]]) -> float:
    if np.issubdtype(data.labels.dtype, np.floating):
        return 1.0
    totals = [sum(counts[part][name] for part in PARTS) for name in data.class_names]
    return max(totals) / max(1, min(totals))


def _numbers(data: TargetData) -> dict[str, Any]:
    """Return the facts of a predicted number; {} where classes are predicted."""
    if not np.issubdtype(data.labels.dtype, np.floating):
        return {}
    known = data.labels[np.isfinite(data.labels)]
    return {
        "numbers": {part: _quantiles(data.labels[data.split.part(part)]) for part in PARTS},
        "distinct": len(np.unique(known)),
        "far_out": int(far_outside(known).sum()),
    }


def _looked_at(data: TargetData, most_rows: int, seed: int) -> NDArray[np.int64] | None:
    """Return the labelled rows that are looked at, ascending; None for all rows."""
    labelled = np.sort(np.concatenate([data.split.part(part) for part in PARTS]))
    if not most_rows or len(labelled) <= most_rows:
        return None
    return np.sort(np.random.default_rng(seed).choice(labelled, most_rows, replace=False))


def _sizes(data: TargetData, rows: NDArray[np.int64] | None) -> dict[str, dict[str, float]]:
    modality = modalities.get(data.dataset.modality)
    looked_at = range(len(data.dataset)) if rows is None else rows.tolist()
    measured = thread_map(lambda row: modality.sizes(data.dataset, row), looked_at)
    values = {name: np.array([row[name] for row in measured]) for name in measured[0]}
    return {name: _quantiles(series) for name, series in values.items()}


def _quantiles(series: NDArray[np.float64]) -> dict[str, float]:
    return {key: float(np.quantile(series, q)) for key, q in QUANTILES.items()}


def _group_counts(data: TargetData, column: str, veiled: bool) -> tuple[dict[str, dict[str, int]], str]:
    """Return group -> part -> rows, and what was done to the values; many are pooled as in the bias report."""
    rows = {part: data.split.part(part).tolist() for part in PARTS}
    cells = data.sensitive[column]
    grouped = group_values([cells[row] for part in PARTS for row in rows[part]], veiled=veiled)
    codes = np.split(grouped.codes, np.cumsum([len(rows[part]) for part in PARTS])[:-1])
    groups = [(-1, "")] if grouped.unknown else []
    groups += enumerate(grouped.names)
    counts = {
        name: {part: int((own == code).sum()) for part, own in zip(PARTS, codes, strict=True)}
        for code, name in groups
    }
    return counts, grouped.note


def _split_groups(data: TargetData) -> dict[str, int]:
    cells = data.groups
    if cells is None:
        return {}
    return {part: len({cells[row] for row in data.split.part(part).tolist()}) for part in PARTS}
