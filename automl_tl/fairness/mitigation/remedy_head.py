"""The head of a remedy as plain numbers: what is measured, what is stored, and what somebody else can apply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import InvalidInput
from automl_tl.fairness.mitigation.data import GroupedRows

__all__ = ["RemedyHead", "load_heads", "save_heads"]

Floats = NDArray[np.float64]

_PARTS = ("weight", "bias", "votes")


@dataclass(frozen=True, eq=False)
class RemedyHead:
    """Linear heads on the model's embeddings, each with a vote; nearly always one head.

    Attributes
    ----------
    weight, bias
        float64 (M, C, D) and (M, C): class scores of each of M heads on raw (unstandardised) embeddings.
    votes
        float64 (M,), adding up to 1: each head's vote for its best class. The class with most votes is answered,
        of equal ones the last.
    """

    weight: Floats
    bias: Floats
    votes: Floats

    @classmethod
    def single(cls, weight: Floats, bias: Floats) -> RemedyHead:
        """Return the head with the weights (C, D) and biases (C,)."""
        return cls(weight[None], bias[None], np.ones(1))

    def answers(self, features: NDArray[np.floating]) -> NDArray[np.int64]:
        """Return class indices int64 (N,) of the model's embeddings (N, D)."""
        exact = np.asarray(features, dtype=np.float64)
        votes = np.zeros((len(exact), self.bias.shape[1]))
        for weight, bias, vote in zip(self.weight, self.bias, self.votes.tolist(), strict=True):
            votes[np.arange(len(exact)), (exact @ weight.T + bias).argmax(axis=1)] += vote
        last_first = votes[:, ::-1]
        return np.asarray(votes.shape[1] - 1 - last_first.argmax(axis=1), dtype=np.int64)

    def __call__(self, rows: GroupedRows) -> NDArray[np.int64]:
        """Return the answers to rows; their groups are not looked at."""
        return self.answers(rows.features)


def save_heads(heads: Mapping[str, RemedyHead], path: Path) -> None:
    """Write heads by name of their remedy as one safetensors file."""
    from safetensors.numpy import save_file

    tensors = {
        f"{name}.{part}": np.ascontiguousarray(getattr(head, part))
        for name, head in heads.items()
        for part in _PARTS
    }
    save_file(tensors, path)


def load_heads(path: Path | str) -> dict[str, RemedyHead]:
    """Return the heads of a ``remedies.safetensors`` by name of their remedy.

    ``load_heads(path)["balanced_head"].answers(model.embed(inputs))`` gives indices into the model's class names.

    Raises
    ------
    InvalidInput
        If the file is not one of remedies.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        tensors = load_file(path)
        names = sorted({name.rpartition(".")[0] for name in tensors})
        return {name: RemedyHead(*(tensors[f"{name}.{part}"] for part in _PARTS)) for name in names}
    except (SafetensorError, KeyError) as error:
        raise InvalidInput(
            f"{Path(path).name} must be the remedies.safetensors of a job but cannot be read as one: {error}; "
            "download the job's artifact anew",
            field="path",
        ) from None
