"""A model that reads a picture or a text together with a row of metadata: both share the credit in one game."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.data.dataset import Example
from automl_tl.errors import InvalidInput
from automl_tl.explain.maskers.column import Column
from automl_tl.explain.model import ExplainableModel, LogitHead
from automl_tl.finetune.inputs import decode_inputs

__all__ = ["Metadata", "Mixed", "WithColumns", "decode_mixed", "metadata_of"]

_BATCH = 64


@dataclass(frozen=True, eq=False)
class Mixed:
    """A decoded picture or text, and float64 (D,): the metadata that belongs to it."""

    example: Example
    row: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Metadata:
    """What is known about the columns of metadata.

    Attributes
    ----------
    names
        F names of features.
    background
        float64 (R, D): rows of other people or things, such as 20 of the training part; a hidden column takes
        their values in turn and the R outputs are averaged.
    groups
        For each of D numbers the feature that it belongs to, so that the numbers of one category go together; None
        for D = F.
    """

    names: tuple[str, ...]
    background: NDArray[np.float64]
    groups: tuple[int, ...] | None = None

    @property
    def width(self) -> int:
        """Numbers per row, D."""
        return int(self.background.shape[1])

    def masker(self, row: NDArray[np.float64], device: torch.device) -> Column:
        """Return the masker of one row."""
        return Column(row, self.background, self.names, groups=self.groups, device=device)

    def shown(self, row: NDArray[np.float64]) -> tuple[float, ...]:
        """Return one number per feature: of several that go together the place of the largest."""
        if self.groups is None:
            return tuple(row.tolist())
        owner = np.array(self.groups)
        parts = [row[owner == feature] for feature in range(len(self.names))]
        return tuple(float(part[0] if len(part) == 1 else part.argmax()) for part in parts)


def metadata_of(model: ExplainableModel) -> Metadata | None:
    """Return the metadata that a model reads beside its pictures or texts, None where it reads none."""
    return getattr(model, "metadata", None)


def decode_mixed(modality: str, metadata: Metadata, inputs: Sequence[Any]) -> list[Mixed]:
    """Return decoded pairs of a picture or text and its row of numbers.

    Raises
    ------
    InvalidInput
        Naming the position, if an input is no such pair or its row does not fit the columns.
    """
    if isinstance(inputs, str | bytes) or not hasattr(inputs, "__iter__"):
        raise InvalidInput(
            f"inputs must be a list of pairs (input, row of {metadata.width} numbers) but got one "
            f"{type(inputs).__name__}",
            field="inputs",
        )
    pairs = [_pair(value, f"inputs[{position}]", metadata.width) for position, value in enumerate(inputs)]
    examples = decode_inputs(modality, [example for example, _ in pairs])
    return [Mixed(example, row) for example, (_, row) in zip(examples, pairs, strict=True)]


def _pair(value: Any, field: str, width: int) -> tuple[Any, NDArray[np.float64]]:
    if isinstance(value, Mixed):
        return value.example, value.row
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise InvalidInput(
            f"{field}: this model reads pairs (input, row of {width} numbers) but got {type(value).__name__}",
            field=field,
        )
    try:
        row = np.asarray(value[1], dtype=np.float64)
    except (TypeError, ValueError):
        row = np.full(0, np.nan)
    if row.shape != (width,) or not np.isfinite(row).all():
        raise InvalidInput(
            f"{field}: the row must hold {width} finite numbers but got {value[1]!r}; encode categories as "
            "numbers and fill gaps first",
            field=field,
        )
    return value[0], row


class WithColumns:
    """A fitted model whose head is replaced by one that also reads columns of metadata.

    Inputs are pairs (picture or text, row of D numbers). :func:`~automl_tl.explain.explain` explains patches or
    words and columns in one game, so that what only works together is shared between them.

    Parameters
    ----------
    model
        A fitted model; its backbone embeds pictures or texts (of an ensemble the first member's).
    head
        Its ``logits(features)`` maps float32 (N, E + D), embeddings followed by the row's numbers, to (N, C); such
        as ``fit_linear_head(np.hstack([model.embed(inputs), rows]), labels, n_classes)``.
    names
        Names of the columns.
    background
        float (R, D): rows that lend their values to hidden columns.
    groups
        As in :class:`Metadata`.

    Raises
    ------
    InvalidInput
        If names, background and groups do not fit together.
    """

    members: tuple[Any, ...] = ()
    parts: tuple[float, ...] = ()

    def __init__(
        self,
        model: ExplainableModel,
        head: LogitHead,
        names: Sequence[str],
        background: Any,
        *,
        groups: Sequence[int] | None = None,
        class_names: Sequence[str] | None = None,
        temperature: float = 1.0,
    ) -> None:
        rows = np.asarray(background, dtype=np.float64)
        if rows.ndim != 2 or not len(rows) or not np.isfinite(rows).all():
            raise InvalidInput(
                f"background must be a table of finite numbers with a row at least but has the shape {rows.shape}",
                field="background",
            )
        self.metadata = Metadata(tuple(names), rows, None if groups is None else tuple(groups))
        self.metadata.masker(rows[0], torch.device("cpu"))  # refuses what does not fit together
        self.modality = model.modality
        self.class_names = tuple(class_names or model.class_names)
        self.task = model.task
        self.backbone = _BesideColumns(model.backbone)
        self.head = head
        self.temperature = temperature

    def logits(self, inputs: Sequence[Any]) -> NDArray[np.float32]:
        """Return outputs float32 (N, C) of N pairs, before the temperature."""
        pairs = decode_mixed(self.modality, self.metadata, inputs)
        chunks = [self._logits(pairs[start : start + _BATCH]) for start in range(0, len(pairs), _BATCH)]
        return np.concatenate([np.zeros((0, len(self.class_names)), dtype=np.float32), *chunks])

    def _logits(self, pairs: Sequence[Mixed]) -> NDArray[np.float32]:
        parameter = next(iter(self.backbone.parameters()), None)
        device = torch.device("cpu") if parameter is None else parameter.device
        batch = self.backbone.preprocess([pair.example for pair in pairs])
        moved = {name: torch.as_tensor(value).to(device) for name, value in batch.items()}
        moved["columns"] = torch.from_numpy(np.stack([pair.row for pair in pairs])).to(device)
        self.backbone.eval()
        with torch.inference_mode():
            features = self.backbone(moved)
        return np.asarray(self.head.logits(features.float().cpu().numpy()), dtype=np.float32)


class _BesideColumns(torch.nn.Module):
    """A backbone whose embeddings (B, E) are followed by ``columns`` (B * R, D): float (B * R, E + D).

    Each embedding is repeated for its R rows of columns, so that a picture is embedded once for all of them.
    """

    repeats_for_columns = True

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        """Answer for the backbone inside: its preprocessing, tokenizer, card and words."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name == "inner":
                raise
            return getattr(self.inner, name)

    def forward(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        """Return embeddings with the columns behind them."""
        columns = batch["columns"]
        embedded = self.inner({name: values for name, values in batch.items() if name != "columns"}).float()
        repeated = embedded.repeat_interleave(len(columns) // len(embedded), dim=0)
        return torch.cat([repeated, columns.to(repeated)], dim=1)
