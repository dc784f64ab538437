"""What is in a dataset: counts, balance, duplicates, sizes, groups, and what a person should be warned of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from automl_tl.data.dataset import PARTS, TargetData
from automl_tl.data.duplicates import find_duplicates, leaked_rows
from automl_tl.data.groups import group_values
from automl_tl.data.modalities.base import modalities
from automl_tl.data.parallel import thread_map
from automl_tl.data.profile_types import ColumnProfile, Profile
from automl_tl.data.profile_warnings import profile_warnings

__all__ = ["ColumnProfile", "Profile", "profile"]

_QUANTILES = {"min": 0.0, "q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95, "max": 1.0}


def profile(data: TargetData) -> Profile:
    """Look at every labelled row of ``data`` and return what is in it."""
    dataset = data.dataset
    duplicates = find_duplicates(data)
    counts = _class_counts(data)
    totals = [sum(counts[part][name] for part in PARTS) for name in data.class_names]
    labelled = sum(totals)
    groups = {name: _group_counts(data, name) for name in data.sensitive}
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
        imbalance_ratio=max(totals) / max(1, min(totals)),
        sizes=_sizes(data),
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
    )
    return replace(found, warnings=profile_warnings(found))


def _class_counts(data: TargetData) -> dict[str, dict[str, int]]:
    counts = {}
    for part in PARTS:
        sizes = np.bincount(data.labels[data.split.part(part)], minlength=data.n_classes)
        counts[part] = {name: int(size) for name, size in zip(data.class_names, sizes, strict=True)}
    return counts


def _sizes(data: TargetData) -> dict[str, dict[str, float]]:
    modality = modalities.get(data.dataset.modality)
    measured = thread_map(lambda row: modality.sizes(data.dataset, row), range(len(data.dataset)))
    values = {name: np.array([row[name] for row in measured]) for name in measured[0]}
    return {
        name: {key: float(np.quantile(series, q)) for key, q in _QUANTILES.items()}
        for name, series in values.items()
    }


def _group_counts(data: TargetData, column: str) -> tuple[dict[str, dict[str, int]], str]:
    """Return group -> part -> rows, and what was done to the values; many are pooled as in the bias report."""
    rows = {part: data.split.part(part).tolist() for part in PARTS}
    cells = data.sensitive[column]
    grouped = group_values([cells[row] for part in PARTS for row in rows[part]])
    codes = np.split(grouped.codes, np.cumsum([len(rows[part]) for part in PARTS])[:-1])
    groups = [(-1, "")] if grouped.unknown else []
    groups += enumerate(grouped.names)
    counts = {
        name: {part: int((own == code).sum()) for part, own in zip(PARTS, codes, strict=True)}
        for code, name in groups
    }
    return counts, grouped.note


def _split_groups(data: TargetData) -> dict[str, int]:
    if not data.group_by:
        return {}
    cells = data.dataset.columns[data.group_by]
    return {part: len({cells[row] for row in data.split.part(part).tolist()}) for part in PARTS}
