"""Nested stratified beginnings of the training part, on which candidates are tried before the whole."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["nested_order", "rung_sizes"]

_LEAST = 64
_PER_CLASS = 4
_FIRST_SHARE = 16
_GROWTH = 2
_WORTH_A_RUNG = 1.5
"""A rung that is not this much smaller than the next would only cost a further pass over the models."""


def rung_sizes(n: int, n_classes: int) -> tuple[int, ...]:
    """Return the examples of each rung below the whole training part of ``n`` examples, ascending; () if small.

    The first holds a sixteenth of them, but at least 64 and four per class; each further rung twice as many.
    """
    size, sizes = max(_LEAST, _PER_CLASS * n_classes, n // _FIRST_SHARE), []
    while size * _WORTH_A_RUNG <= n:
        sizes.append(size)
        size *= _GROWTH
    return tuple(sizes)


def nested_order(rows: NDArray[np.int64], labels: NDArray[np.int64], *, seed: int) -> NDArray[np.int64]:
    """Return the rows (N,) in a seeded order of which every beginning has the classes in proportion.

    The order begins with two of every class that has two, so that any beginning of at least twice as many rows as
    there are classes can be scored by leaving one out.

    Parameters
    ----------
    rows
        int64 (N,), once each; their order does not matter.
    labels
        Class ids of all rows of the dataset.
    """
    shuffled = np.random.default_rng(seed).permutation(np.sort(rows))
    own = labels[shuffled]
    place = np.empty(len(shuffled))
    for label in np.unique(own):
        members = np.flatnonzero(own == label)
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
        place[members[:2]] = np.array([-2.0, -1.0])[: len(members)]
    return shuffled[np.argsort(place, kind="stable")]
