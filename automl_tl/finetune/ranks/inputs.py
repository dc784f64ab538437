"""Inputs that ranks prepare together: each its own part of a batch, which all of them then have."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import TrialFailed
from automl_tl.finetune.prepared import PreparedInputs
from automl_tl.finetune.ranks.group import Ranks
from automl_tl.zoo.backbone import Batch

__all__ = ["SharedInputs"]


class SharedInputs:
    """Batches of prepared inputs by index, the same on every rank.

    Decoding and resizing images is the dearest work that a processor has in training; what is kept in memory, and
    texts, every rank takes as a whole.
    """

    def __init__(self, inputs: PreparedInputs, ranks: Ranks) -> None:
        self._inputs = inputs
        self._ranks = ranks

    def batch(self, indices: NDArray[np.int64]) -> Batch:
        """Return the model inputs of these examples, in this order, on the device; every rank must ask."""
        if not self._inputs.costly:
            return self._inputs.batch(indices)
        try:
            own = self._inputs.rows(indices, self._own)
        except MemoryError as error:  # the others wait for these rows and for nothing else
            raise TrialFailed(
                "out of memory while inputs were prepared; try a smaller batch_size", field="batch_size"
            ) from error
        counts = [len(part) for part in self._parts(indices)]
        return self._inputs.send({name: self._ranks.all_rows(rows, counts) for name, rows in own.items()})

    def ahead(self, batches: Iterator[NDArray[np.int64]]) -> Iterator[NDArray[np.int64]]:
        """Yield the batches of indices, making this rank's part of them ready meanwhile."""
        return self._inputs.ahead(batches, self._own if self._inputs.costly else None)

    def _own(self, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        return self._parts(indices)[self._ranks.rank]

    def _parts(self, indices: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        return np.array_split(indices, self._ranks.count)
