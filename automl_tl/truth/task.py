"""A small task drawn from a labelled data set: few rows to learn from, a test part that decides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.carve import carve_rows
from automl_tl.data.dataset import Dataset, TargetData
from automl_tl.data.target import bind_target
from automl_tl.errors import DatasetError
from automl_tl.finetune.metrics import default_metric
from automl_tl.names import digest_json

__all__ = ["TruthTask", "draw_task"]

_VALIDATION_SHARE = 0.2


@dataclass(frozen=True)
class TruthTask:
    """One draw of rows; every candidate learns from the same ones.

    Attributes
    ----------
    data
        Name of the data set.
    target
        Data set bound to its target; its own split only says which rows are for testing.
    train, validation, test
        int64 row numbers, ascending and disjoint.
    metric
        Name of the metric that decides.
    seed
        Of the draw, and of every training run on it.
    """

    data: str
    target: TargetData
    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]
    metric: str
    seed: int

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that change with the data, the target and the drawn rows."""
        parts = {part: getattr(self, part).tolist() for part in ("train", "validation", "test")}
        return digest_json({"data": self.target.dataset.digest, "target": self.target.target, **parts})[:12]

    def labels(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the class ids of these rows."""
        return self.target.labels[rows]


def draw_task(
    data: str, dataset: Dataset, *, rows: int, seed: int, target: str = "label", most_test: int = 600
) -> TruthTask:
    """Draw ``rows`` labelled rows, stratified by class, from all that are not for testing.

    Parameters
    ----------
    rows
        A fifth of them is for validation, the others for training; each class gets one at least, so that many
        small classes may add up to more.
    seed
        Decides the draw; the test rows do not depend on it.
    most_test
        Test rows beyond this number are left out, stratified by class.

    Raises
    ------
    DatasetError
        If the data set does not hold so many rows outside its test part, if they are too few for a validation
        part, or if it cannot be bound to its target.
    """
    bound = bind_target(dataset, target=target)
    pool = np.sort(np.concatenate([bound.split.train, bound.split.validation]))
    if rows > len(pool):
        raise DatasetError(
            f"{data} has {len(pool)} rows outside its test part, but rows = {rows} were asked for; ask for"
            f" {len(pool)} or fewer, or leave the data set out",
            field="rows",
        )
    rng = np.random.default_rng(seed)
    drawn = pool if rows == len(pool) else _share(bound.labels, pool, rows, rng)
    validation = drawn[carve_rows(bound.labels[drawn], _VALIDATION_SHARE, rng)]
    if len(validation) == 0:
        raise DatasetError(
            f"{rows} rows of {data} are one for each of {len(drawn)} classes and leave none for validation;"
            " ask for more",
            field="rows",
        )
    train = np.setdiff1d(drawn, validation)
    test = bound.split.test
    if len(test) > most_test:
        test = _share(bound.labels, test, most_test, np.random.default_rng(0))
    return TruthTask(data, bound, train, validation, test, default_metric(bound.labels[train]), seed)


def _share(
    labels: NDArray[np.int64], rows: NDArray[np.int64], count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    return rows[carve_rows(labels[rows], count / len(rows), rng, keep=0)]
