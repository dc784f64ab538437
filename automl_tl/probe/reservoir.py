"""A random sample of bounded size from embeddings of which nobody keeps all."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import InvalidInput

__all__ = ["Reservoir"]


@dataclass(frozen=True)
class Reservoir:
    """At most ``size`` rows, of all that were seen equally likely ones; ``a + b`` samples both parts' rows.

    Every row draws a number from its key and the seed, and the ``size`` smallest stay ("bottom-k" sampling; Cohen
    and Kaplan, "Summarizing Data using Bottom-k Sketches", PODC 2007). So it does not matter how rows are cut into
    shards, nor in which order these are merged.

    Attributes
    ----------
    priorities
        uint64 (K,), ascending.
    features
        float32 (K, D).
    labels
        int64 (K,).
    """

    size: int
    priorities: NDArray[np.uint64]
    features: NDArray[np.float32]
    labels: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        size: int,
        keys: Sequence[str],
        features: NDArray[np.float32],
        labels: NDArray[np.int64],
        *,
        seed: int = 0,
    ) -> Reservoir:
        """Return the sample of these rows; ``keys`` are unique in the whole data set."""
        if size < 1:
            raise InvalidInput(f"a sample must have room for at least one row but got {size}", field="size")
        drawn = np.array([_priority(key, seed) for key in keys], dtype=np.uint64)
        return cls(size, drawn, features, labels)._reduced()

    def __len__(self) -> int:
        return len(self.priorities)

    def __add__(self, other: Reservoir) -> Reservoir:
        if self.size != other.size:
            raise InvalidInput(f"samples of {self.size} and of {other.size} rows do not add up", field="size")
        # A full sample takes few of the rows that come late: only these are copied.
        late = len(self) == self.size and self.priorities[-1]
        fresh = other.priorities < late if late else np.ones(len(other), dtype=bool)
        if not fresh.any():
            return self
        return Reservoir(
            self.size,
            np.concatenate([self.priorities, other.priorities[fresh]]),
            np.concatenate([self.features, other.features[fresh]]),
            np.concatenate([self.labels, other.labels[fresh]]),
        )._reduced()

    def _reduced(self) -> Reservoir:
        kept = np.argsort(self.priorities, kind="stable")[: self.size]
        return Reservoir(self.size, self.priorities[kept], self.features[kept], self.labels[kept])


def _priority(key: str, seed: int) -> int:
    digest = hashlib.blake2b(key.encode(), digest_size=8, key=seed.to_bytes(8, "little", signed=True))
    return int.from_bytes(digest.digest(), "little")
