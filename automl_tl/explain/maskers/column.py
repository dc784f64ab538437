"""Columns of a row as features: a hidden column takes the values that it has in other rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.errors import InvalidInput
from automl_tl.explain.maskers.base import MaskedBatch, Masker, shown_on

__all__ = ["Column"]


class Column(Masker):
    """One row (D,) of numbers; its batches are ``{"columns": float64 (B * R, D)}``.

    Parameters
    ----------
    row
        float (D,); a category is a number or several, see ``groups``.
    background
        float (R, D): rows that lend their values to hidden columns, each in its turn (interventional values,
        Janzing et al., AISTATS 2020).
    names
        F names.
    groups
        For each of the D numbers the feature that it belongs to, so that the numbers of one category go together;
        None for D = F.
    """

    def __init__(
        self,
        row: NDArray[np.floating],
        background: NDArray[np.floating],
        names: Sequence[str],
        *,
        groups: Sequence[int] | None = None,
        device: torch.device | None = None,
    ) -> None:
        width = len(row)
        owner = list(range(width)) if groups is None else list(groups)
        if len(owner) != width or sorted(set(owner)) != list(range(len(names))):
            raise InvalidInput(
                f"groups must give each of {width} numbers one of {len(names)} features but got {owner}",
                field="groups",
            )
        if background.ndim != 2 or background.shape[1] != width or not len(background):
            raise InvalidInput(
                f"background must have rows of {width} numbers but has shape {background.shape}",
                field="background",
            )
        self._device = device or torch.device("cpu")
        self._row, self._background = (
            torch.as_tensor(np.asarray(values, dtype=np.float64), device=self._device)
            for values in (row, background)
        )
        self._owner = torch.tensor(owner, device=self._device)
        self.feature_names = tuple(names)
        self.copies = len(background)
        self.baseline = "value of another row" if self.copies == 1 else f"values of {self.copies} other rows"

    def batch(self, masks: NDArray[np.bool_]) -> MaskedBatch:
        """Return ``columns`` (B * R, D): the R replacements of the first coalition, then of the next."""
        shown = shown_on(self._device, masks)[:, self._owner]
        mixed = torch.where(shown[:, None, :], self._row, self._background[None])
        return {"columns": mixed.reshape(-1, self._row.shape[0])}
