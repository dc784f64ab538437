"""Walk over embeddings in float64 without a float64 copy of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["float64_blocks"]

_NUMBERS = 2_000_000


def float64_blocks(features: NDArray[Any], factor: float = 1.0) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Yield (rows, ``factor * features[rows]``) in one buffer of 16 MB, which the next block overwrites.

    The caller may write into the block. Fresh memory for each block would cost more than the arithmetic on it.
    """
    n, size = features.shape
    step = min(max(_NUMBERS // size, 256), n)
    buffer = np.empty((step, size))
    for start in range(0, n, step):
        rows = slice(start, min(start + step, n))
        block = buffer[: rows.stop - start]
        np.copyto(block, features[rows])
        if factor != 1.0:
            block *= factor
        yield rows, block
