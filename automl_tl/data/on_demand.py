"""Many inputs of a data set as a sequence that decodes those that are asked for, and keeps none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Dataset, Example
from automl_tl.data.modalities.base import modalities

__all__ = ["ExamplesOnDemand", "joined", "picked", "taken"]

_AT_ONCE = 64


class ExamplesOnDemand(Sequence[Example]):
    """Decoded inputs of some rows; every access reads anew. To other processes it travels as numbers of rows.

    Parameters
    ----------
    rows
        int64 (N,), rows of the data set.
    """

    def __init__(self, dataset: Dataset, rows: NDArray[np.int64]) -> None:
        self.dataset, self.rows = dataset, np.asarray(rows, dtype=np.int64)

    def __reduce__(self) -> tuple[Any, ...]:
        return ExamplesOnDemand, (replace(self.dataset, columns={}, issues=()), self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, place: int) -> Example: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Example]: ...

    def __getitem__(self, place: int | slice) -> Example | Sequence[Example]:
        if isinstance(place, slice):
            return self.take(np.arange(len(self))[place])
        return self.take(np.arange(len(self))[[place]])[0]

    def __iter__(self) -> Iterator[Example]:
        for start in range(0, len(self), _AT_ONCE):
            yield from self[start : start + _AT_ONCE]

    def take(self, places: NDArray[np.int64]) -> list[Example]:
        """Decode the inputs at these places; raises DatasetError naming a row that cannot be decoded."""
        return modalities.get(self.dataset.modality).read(self.dataset, self.rows[places].tolist())

    @property
    def blocks(self) -> NDArray[np.int64] | None:
        """Which of the inputs are read together, one number each (N,); None where each is read by itself."""
        stored = self.dataset.stored
        return None if stored is None or stored.blocks is None else stored.blocks[self.rows]

    @property
    def block_bytes(self) -> NDArray[np.int64]:
        """Memory that reading a block takes, by its number."""
        return np.zeros(0, np.int64) if self.dataset.stored is None else self.dataset.stored.block_bytes


def taken(examples: Sequence[Example], places: NDArray[np.int64]) -> list[Example]:
    """Return the inputs at these places, decoded."""
    if isinstance(examples, ExamplesOnDemand):
        return examples.take(places)
    return [examples[int(place)] for place in places]


def picked(examples: Sequence[Example], places: NDArray[np.int64]) -> Sequence[Example]:
    """Return the inputs at these places, still on demand where they were."""
    if isinstance(examples, ExamplesOnDemand):
        return ExamplesOnDemand(examples.dataset, examples.rows[places])
    return tuple(examples[int(place)] for place in places)


def joined(first: Sequence[Example], second: Sequence[Example]) -> Sequence[Example]:
    """Return the inputs of both, still on demand where all were, of one data set."""
    if isinstance(first, ExamplesOnDemand) and isinstance(second, ExamplesOnDemand):
        return ExamplesOnDemand(first.dataset, np.concatenate([first.rows, second.rows]))
    return (*first, *second)
