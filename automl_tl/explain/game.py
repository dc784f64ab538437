"""The coalition game behind every explanation: which features are shown decides the model's logits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import DeadlineReached

__all__ = ["Game", "MemoisedGame"]


class Game(ABC):
    """Features that can be shown or hidden, and the logits the model gives to what is left.

    Attributes
    ----------
    feature_names
        F names for people.
    baseline
        What replaces a hidden feature, in words.
    grid
        (rows, columns) for image patches, else None.
    """

    feature_names: tuple[str, ...]
    baseline: str
    grid: tuple[int, int] | None = None

    @property
    def n_features(self) -> int:
        """Number of features F."""
        return len(self.feature_names)

    @abstractmethod
    def value(self, masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the logits, float64 (B, C), of coalitions bool (B, F); True means shown."""


class MemoisedGame:
    """A game that evaluates each coalition once, in batches, and stops at the deadline.

    Evaluating a coalition twice in differently composed batches may differ in the last float32 bits; remembering
    the first answer keeps additivity exact.
    """

    def __init__(
        self,
        game: Game,
        *,
        batch_size: int = 64,
        remaining: Callable[[], float] = lambda: float("inf"),
    ) -> None:
        self.game = game
        self.evaluations = 0
        self._batch_size = batch_size
        self._remaining = remaining
        self._known: dict[bytes, NDArray[np.float64]] = {}

    def __call__(self, masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return float64 (B, C); raises DeadlineReached when no time is left for coalitions not seen before."""
        masks = np.ascontiguousarray(masks, dtype=bool)
        keys = [mask.tobytes() for mask in masks]
        new = {key: row for row, key in enumerate(keys) if key not in self._known}
        self._evaluate(masks, list(new.items()))
        return np.stack([self._known[key] for key in keys])

    def _evaluate(self, masks: NDArray[np.bool_], new: Sequence[tuple[bytes, int]]) -> None:
        for start in range(0, len(new), self._batch_size):
            if self._remaining() <= 0:
                raise DeadlineReached("no time is left to evaluate more coalitions of this explanation")
            batch = new[start : start + self._batch_size]
            logits = self.game.value(masks[[row for _, row in batch]])
            self._known.update((key, row) for (key, _), row in zip(batch, logits, strict=True))
            self.evaluations += len(batch)
