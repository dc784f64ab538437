"""Figures with intervals: what was measured on the sealed test part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.units import one_row_each

__all__ = ["Evaluation", "Interval", "Predictions"]


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % interval: Wilson's for a share of independent rows, else a percentile bootstrap.

    The bounds are NaN where nothing can be said, such as when all test rows are of one group.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Predictions:
    """A model's answers on dataset rows.

    Attributes
    ----------
    rows
        int64 (N,).
    labels
        N true labels as the task has them.
    probabilities
        Answers float32 (N, C): probabilities of classes or labels, or predicted numbers (N, 1).
    thresholds
        From which probability on each label is decided for; () means one half.
    """

    rows: NDArray[np.int64]
    labels: NDArray[Any]
    probabilities: NDArray[np.float32]
    thresholds: tuple[float, ...] = ()

    def at(self, places: NDArray[np.int64]) -> Predictions:
        """Return the answers at these places, int64 (M,) in [0, N)."""
        return replace(
            self, rows=self.rows[places], labels=self.labels[places], probabilities=self.probabilities[places]
        )

    def one_of_each(self, groups: Sequence[str], *, seed: int) -> Predictions:
        """Return the answers to one random row of each group, or itself where no group has a second row.

        ``groups`` has the group of every row of the data set, not only of those that are answered.
        """
        places = one_row_each([groups[int(row)] for row in self.rows], seed=seed)
        return self if len(places) == len(self.rows) else self.at(places)

    def for_metric(self, decides: bool) -> NDArray[np.float64]:
        """Return the answers, or decisions of 0 and 1 where only those count and thresholds were tuned."""
        exact = np.asarray(self.probabilities, dtype=np.float64)
        if not decides or not self.thresholds:
            return exact
        return (exact >= np.array(self.thresholds)).astype(np.float64)


@dataclass(frozen=True)
class Evaluation:
    """One model on the test part.

    ``name`` is what the report calls it (``final``, ``linear probe``, ``majority class`` or another constant,
    ``from scratch`` ...), ``metrics`` holds every metric by name, ``difference`` the paired bootstrap of (final -
    this one) on the job's metric, None for the final model itself. ``condition`` says under which the two were
    compared where that is not as their figures stand, as the end of a sentence; ``same_model`` whether this is the
    final model itself, but for its temperature.
    """

    name: str
    description: str
    metrics: Mapping[str, Interval]
    difference: Interval | None = None
    condition: str = ""
    same_model: bool = False
