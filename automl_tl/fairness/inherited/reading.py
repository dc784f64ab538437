"""What counts as another answer, and what a move of an answer is measured in, by task."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CLASSES", "Reading"]

Floats = NDArray[np.float64]

_SMALL_EFFECT = 0.2
"""Of numbers, in standard deviations: a small effect by Cohen (Statistical Power Analysis, 1988, chapter 2)."""
_SMALL_PROBABILITY = 0.05


@dataclass(frozen=True)
class Reading:
    """How answers (..., C) of a task are read.

    Attributes
    ----------
    task
        ``classification``: the most probable class; ``multilabel``: the labels whose probability reaches
        ``thresholds`` (() means one half); ``regression``: one number, in standard deviations of the target.
    unit
        That standard deviation, > 0; 1 for probabilities.
    """

    task: str = "classification"
    thresholds: tuple[float, ...] = ()
    unit: float = 1.0

    @property
    def tolerance(self) -> float:
        """By how much an answer may move: 5 points of probability, or a fifth of a standard deviation."""
        return _SMALL_EFFECT if self.task == "regression" else _SMALL_PROBABILITY

    def scaled(self, answers: NDArray[np.floating]) -> Floats:
        """Return the answers in the unit in which moves are told."""
        return np.asarray(answers, dtype=np.float64) / self.unit

    def decided(self, scaled: Floats) -> NDArray[np.generic]:
        """Return decisions (..., K): the class, a yes or no for each label, or the number itself."""
        if self.task == "regression":
            return scaled
        if self.task == "multilabel":
            return np.asarray(scaled >= np.array(self.thresholds or 0.5), dtype=np.int64)
        return scaled.argmax(axis=-1)[..., None]

    def usual(self, decided: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return the usual decision (N, 1, K) of each row of decisions (N, T, K): most frequent, or the median."""
        if self.task == "regression":
            return np.asarray(np.median(decided.astype(np.float64), axis=1, keepdims=True))
        modes = [[np.bincount(column).argmax() for column in row.T] for row in decided.astype(np.int64)]
        return np.array(modes, dtype=np.int64)[:, None, :]

    def changed(self, decided: NDArray[np.generic], reference: NDArray[np.generic]) -> NDArray[np.bool_]:
        """Return where decisions (..., K) are others than the reference, bool (...)."""
        if self.task == "regression":
            moved = np.abs(decided.astype(np.float64) - reference.astype(np.float64))
            return np.asarray((moved > self.tolerance).any(axis=-1))
        return np.asarray((decided != reference).any(axis=-1))

    def words(self, move: float, *, places: int = 0, signed: bool = False) -> str:
        """Return a move as a reader sees it: points of probability, or percent of a standard deviation."""
        unit = "% of a standard deviation" if self.task == "regression" else "points"
        return f"{100 * move:{'+' if signed else ''}.{places}f} {unit}"


CLASSES = Reading()
"""Of a classifier."""
