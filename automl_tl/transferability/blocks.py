"""Walk over embeddings in float64 without a float64 copy of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["float64_blocks"]

_NUMBERS = 1_000_000
_IN_CACHE = 65_536


def float64_blocks(
    features: NDArray[Any], factor: float = 1.0, *, origin: NDArray[np.float64] | None = None
) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Yield (rows, ``factor * features[rows] - origin``) in one buffer of 8 MB, which the next block overwrites.

    The caller may write into the block. Fresh memory for each block would cost more than the arithmetic on it.
    """
    n, size = features.shape
    step = min(max(_NUMBERS // size, 256), n)
    buffer = np.empty((step, size))
    for start in range(0, n, step):
        rows = slice(start, min(start + step, n))
        block = buffer[: rows.stop - start]
        _fill(block, features[rows], factor, origin)
        yield rows, block


def _fill(
    block: NDArray[np.float64], rows: NDArray[Any], factor: float, origin: NDArray[np.float64] | None
) -> None:
    """Write the rows a few at a time, so that they are still in the processor's cache when they are shifted."""
    step = max(_IN_CACHE // block.shape[1], 1)
    for start in range(0, len(block), step):
        part = block[start : start + step]
        np.copyto(part, rows[start : start + step])
        if factor != 1.0:
            part *= factor
        if origin is not None:
            part -= origin
