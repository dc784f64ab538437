"""What a masker is: features that can be shown or hidden, and the model input that is left."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = ["MaskedBatch", "Masker", "shown_on"]

MaskedBatch = dict[str, torch.Tensor]
"""A prepared batch, as the backbone wants it."""


class Masker(ABC):
    """One input with F features.

    Attributes
    ----------
    feature_names
        F names for people.
    baseline
        What replaces a hidden feature, in words.
    grid
        (rows, columns) for image patches, else None.
    copies
        Model inputs per coalition, whose outputs are averaged: 1 unless a hidden feature has several replacements.
    """

    feature_names: tuple[str, ...]
    baseline: str
    grid: tuple[int, int] | None = None
    copies: int = 1

    @property
    def n_features(self) -> int:
        """Number of features F."""
        return len(self.feature_names)

    @abstractmethod
    def batch(self, masks: NDArray[np.bool_]) -> MaskedBatch:
        """Return the inputs of coalitions bool (B, F), True means shown; every tensor has B * ``copies`` rows."""

    def coarser(self, n_features: int) -> Masker | None:
        """Return the same input in at most about ``n_features`` larger features, None where there are none."""
        return None

    def other_baseline(self) -> Masker | None:
        """Return the same features with another replacement of what is hidden, None where there is none."""
        return None


def shown_on(device: torch.device, masks: NDArray[np.bool_]) -> torch.Tensor:
    """Return masks as a bool tensor (B, F) on ``device``."""
    return torch.from_numpy(np.ascontiguousarray(masks, dtype=bool)).to(device)
