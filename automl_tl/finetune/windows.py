"""Shuffling examples that are read in blocks: the order of blocks by seed, and examples within as many as fit.

As tf.data and WebDataset do it (Aizman, Maltby and Breuel, IEEE Big Data 2019), but with a buffer that is emptied
before it is filled again: so every batch is a function of the seed and its number, and a run that was paused goes
on where it stopped without reading what lies before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["WINDOW_BYTES", "Blocks", "Draw", "windowed_batches", "windows"]

WINDOW_BYTES = 256 << 20
"""Memory of the blocks that examples are drawn from at a time; while one window ends, the next is begun."""

_LEAST_BATCHES = 8
"""A window of fewer batches would hardly shuffle anything."""

Draw: TypeAlias = Callable[[NDArray[Any], int, int], Iterator[NDArray[np.int64]]]
"""Labels, batch size and seed to batches of indices for ever."""


@dataclass(frozen=True)
class Blocks:
    """Which examples are read together: a block's number for each int64 (N,), and its bytes by number."""

    of: NDArray[np.int64]
    size: NDArray[np.int64]


def windowed_batches(
    draw: Draw,
    labels: NDArray[Any],
    blocks: Blocks,
    batch_size: int,
    seed: int,
    *,
    window_bytes: int = WINDOW_BYTES,
) -> Iterator[NDArray[np.int64]]:
    """Yield index batches for ever, window after window, every epoch in another order.

    Of a window come as many batches as it has examples for; those that are left over, fewer than a batch, come in
    another epoch.
    """
    rng = np.random.default_rng(seed)
    while True:
        for rows in windows(blocks, rng, window_bytes=window_bytes, least_rows=_LEAST_BATCHES * batch_size):
            size = min(batch_size, len(rows))
            drawn = draw(labels[rows], size, int(rng.integers(2**31)))
            for batch in islice(drawn, len(rows) // size):
                yield rows[batch]


def windows(
    blocks: Blocks, rng: np.random.Generator, *, window_bytes: int, least_rows: int
) -> Iterator[NDArray[np.int64]]:
    """Yield the examples of one epoch in parts, each those of some blocks that take at most ``window_bytes``.

    A part has at least ``least_rows`` examples, whatever the memory, unless there are fewer in all.
    """
    order = np.argsort(blocks.of, kind="stable")
    numbers, starts = np.unique(blocks.of[order], return_index=True)
    parts = np.split(order, starts[1:])
    window: list[NDArray[np.int64]] = []
    left, held, rows = len(order), 0, 0
    for place in rng.permutation(len(parts)).tolist():
        own, size = parts[place], int(blocks.size[numbers[place]])
        # What would be left for the last window must be enough for one.
        if rows >= least_rows and held + size > window_bytes and left >= least_rows:
            yield np.sort(np.concatenate(window))
            window, held, rows = [], 0, 0
        window.append(own)
        held, rows, left = held + size, rows + len(own), left - len(own)
    if window:
        yield np.sort(np.concatenate(window))
