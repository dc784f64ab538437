"""What is in a dataset: counts, balance, duplicates, sizes, groups, and what a person should be warned of."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from automl_tl.data.dataset import PARTS, TargetData
from automl_tl.data.duplicates import find_duplicates, leaked_rows
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
        group_counts={name: _group_counts(data, cells) for name, cells in data.sensitive.items()},
        duplicates=duplicates,
        leaked_test_rows=leaked_rows(duplicates, "test", ("train", "validation")),
        leaked_validation_rows=leaked_rows(duplicates, "validation", ("train",)),
        warnings=(),
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


def _group_counts(data: TargetData, cells: tuple[str, ...]) -> dict[str, dict[str, int]]:
    by_part = {part: Counter(cells[row] for row in data.split.part(part).tolist()) for part in PARTS}
    groups = sorted({group for counts in by_part.values() for group in counts})
    return {group: {part: by_part[part][group] for part in PARTS} for group in groups}
