"""The fingerprint of any model from data of its source domain."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Dataset
from automl_tl.errors import DatasetError
from automl_tl.probe.extract import embed
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import Fingerprint
from automl_tl.zoo.fingerprints import make_fingerprint

__all__ = ["fingerprint_model"]


def fingerprint_model(
    loaded: LoadedModel,
    dataset: Dataset,
    *,
    label_column: str = "",
    most: int = 2000,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Fingerprint:
    """Embed examples of a source domain with a model and return its fingerprint there.

    Parameters
    ----------
    dataset
        Data like those the model was pretrained on; every part of it is used.
    label_column
        Column with the source classes; "" takes the column ``label`` where there is one, else no prototypes.
    most
        Examples to embed, >= 2; of a larger dataset a seeded draw.
    progress
        Called with the finished share in [0, 1] after every batch.

    Raises
    ------
    DatasetError
        If there is no such column, or a row cannot be read.
    ModelUnavailable
        If the model fails on the data.
    """
    labels = _labels(dataset, label_column)
    rows = np.random.default_rng(seed).permutation(len(dataset))[:most]
    found = embed(loaded, dataset, rows, progress=progress)
    return make_fingerprint(found.features, None if labels is None else labels[found.rows], seed=seed)


def _labels(dataset: Dataset, column: str) -> NDArray[np.int64] | None:
    """Return a class number per row, -1 where the cell is empty, or None without labels."""
    name = column or "label"
    if name not in dataset.columns:
        if column:
            known = ", ".join(dataset.columns) or "none"
            raise DatasetError(f"there is no column {column!r}; the columns are: {known}", field="target")
        return None
    cells = [cell.strip() for cell in dataset.columns[name]]
    numbers = {cell: number for number, cell in enumerate(sorted(set(cells) - {""}))}
    return np.array([numbers.get(cell, -1) for cell in cells], dtype=np.int64)
