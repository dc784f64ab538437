"""Several kinds of input as one game: patches, words and columns share the credit among each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import InvalidInput
from automl_tl.explain.maskers.base import MaskedBatch, Masker

__all__ = ["Joint"]


class Joint(Masker):
    """The features of all parts, one part after the other; its batches hold the tensors of all parts.

    Parts must not use the same tensor name, such as two texts.

    Parameters
    ----------
    repeat
        Whether tensors of one part are repeated for the copies of the others. False for a network that does so
        itself where it is cheaper, with one part of several copies.
    """

    def __init__(self, parts: Sequence[Masker], *, repeat: bool = True) -> None:
        if not parts:
            raise InvalidInput("a joint game needs at least one kind of input", field="parts")
        if not repeat and sum(part.copies > 1 for part in parts) > 1:
            raise InvalidInput("only one part may have copies that are not repeated for the others", field="parts")
        self.parts, self.repeat = tuple(parts), repeat
        self.grid = self.parts[0].grid
        self.feature_names = tuple(name for part in parts for name in part.feature_names)
        self.baseline = ", ".join(dict.fromkeys(part.baseline for part in parts))
        self.copies = int(np.prod([part.copies for part in parts]))
        self._ends = np.cumsum([part.n_features for part in parts])[:-1]

    def batch(self, masks: NDArray[np.bool_]) -> MaskedBatch:
        """Return the tensors of every part for the same coalitions; copies of one part meet all of the others'."""
        batch: MaskedBatch = {}
        inner = self.copies
        for part, mine in zip(self.parts, np.split(masks, self._ends, axis=1), strict=True):
            inner //= part.copies
            outer = self.copies // (inner * part.copies)
            for name, values in part.batch(mine).items():
                if name in batch:
                    raise InvalidInput(f"two parts of a joint game both give {name!r}", field="parts")
                if not self.repeat:
                    batch[name] = values
                    continue
                rows = values.reshape(len(masks), 1, part.copies, 1, *values.shape[1:])
                whole = rows.expand(-1, outer, -1, inner, *values.shape[1:])
                batch[name] = whole.reshape(-1, *values.shape[1:])
        return batch

    def coarser(self, n_features: int) -> Joint | None:
        """Return larger patches or pieces of text, as far as other parts leave room; columns stay as they are."""
        found = [
            part.coarser(max(n_features - (self.n_features - part.n_features), 1)) or part for part in self.parts
        ]
        same = all(new is old for new, old in zip(found, self.parts, strict=True))
        return None if same else Joint(found, repeat=self.repeat)

    def other_baseline(self) -> Joint | None:
        """Return the same features where parts that know another replacement use it; None where none does."""
        others = [part.other_baseline() for part in self.parts]
        if all(other is None for other in others):
            return None
        parts = [other or part for other, part in zip(others, self.parts, strict=True)]
        return Joint(parts, repeat=self.repeat)

    def shares(self, values: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        """Return the contributions (F, K) part by part."""
        return tuple(np.split(values, self._ends, axis=0))
