"""The probe of a data set that does not fit into memory: statistics that add up, and a sample of embeddings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from automl_tl.data.shards.base import Record, Shard, read_shard
from automl_tl.errors import DatasetError, InvalidInput
from automl_tl.probe.passes import PrecisionTooLow
from automl_tl.probe.precision import FLOAT32, choose_precision
from automl_tl.probe.reservoir import Reservoir
from automl_tl.probe.stream import StreamPasses
from automl_tl.transferability.statistics import SufficientStatistics, sufficient_statistics
from automl_tl.zoo.backbone import LoadedModel

__all__ = ["SAMPLE_ROWS", "StreamedProbe", "classes_of", "probe_part", "probe_stream"]

SAMPLE_ROWS = 20_000
"""Embeddings that are kept for linear probes and the search's heads: with 2,048 values each, 160 MB."""
_BLOCK = 2048
"""Rows whose embeddings are in memory at once."""


@dataclass(frozen=True)
class StreamedProbe:
    """What is known of one model after some shards; ``a + b`` is what is known after both.

    Its size does not depend on the number of rows: statistics of O(D^2 + C D) values and a bounded sample.
    """

    model: str
    statistics: SufficientStatistics
    sample: Reservoir
    rows: int
    seconds: float = 0.0

    def __add__(self, other: StreamedProbe) -> StreamedProbe:
        if self.model != other.model:
            raise InvalidInput(f"probes of {self.model} and {other.model} do not add up", field="model")
        return StreamedProbe(
            self.model,
            self.statistics + other.statistics,
            self.sample + other.sample,
            self.rows + other.rows,
            self.seconds + other.seconds,
        )


def classes_of(shards: Iterable[Shard]) -> tuple[str, ...]:
    """Return the labels that occur, sorted; reads every shard once."""
    return tuple(sorted({record.label for shard in shards for record in read_shard(shard) if record.label}))


def probe_stream(
    loaded: LoadedModel,
    records: Callable[[], Iterable[Record]],
    classes: Sequence[str],
    *,
    sample_rows: int = SAMPLE_ROWS,
    seed: int = 0,
    device: str = "auto",
    precision: str = "auto",
    batch_size: int = 0,
    cancelled: Callable[[], bool] | None = None,
) -> StreamedProbe:
    """Embed every record once and return what the scores need of all, in memory that does not grow with them.

    Parameters
    ----------
    records
        Begins the stream; called again where bfloat16 gives NaN and all is computed in float32.
    classes
        Names of the classes, ascending; rows without a label are passed over.
    sample_rows
        Embeddings to keep.

    Raises
    ------
    DatasetError
        If there is no labelled row, a row cannot be read, or a label is none of ``classes``.
    ModelUnavailable, Cancelled
        As :func:`automl_tl.probe.extract.embed` does.
    """
    whole = probe_part(
        loaded,
        records,
        classes,
        sample_rows=sample_rows,
        seed=seed,
        device=device,
        precision=precision,
        batch_size=batch_size,
        cancelled=cancelled,
    )
    if whole is None:
        raise DatasetError("the shards hold no labelled row; give at least one")
    return whole


def probe_part(
    loaded: LoadedModel,
    records: Callable[[], Iterable[Record]],
    classes: Sequence[str],
    *,
    sample_rows: int = SAMPLE_ROWS,
    seed: int = 0,
    device: str = "auto",
    precision: str = "auto",
    batch_size: int = 0,
    cancelled: Callable[[], bool] | None = None,
) -> StreamedProbe | None:
    """As :func:`probe_stream`; None if these records hold no labelled row, which others may."""
    where = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device)
    ids = {name: number for number, name in enumerate(classes)}

    def run(at: str) -> StreamedProbe | None:
        began = time.perf_counter()
        passes = StreamPasses(loaded, device=where, precision=at, batch_size=batch_size, cancelled=cancelled)
        whole: StreamedProbe | None = None
        for chunk, features in _blocks(passes, (record for record in records() if record.label)):
            labels = np.array([_class_id(record, ids) for record in chunk], dtype=np.int64)
            part = StreamedProbe(
                loaded.backbone.card.id,
                sufficient_statistics(features, labels),
                Reservoir.of(sample_rows, [record.key for record in chunk], features, labels, seed=seed),
                len(chunk),
            )
            whole = part if whole is None else whole + part
        return whole and replace(whole, seconds=time.perf_counter() - began)

    chosen = choose_precision(precision, loaded.backbone, where)
    try:
        return run(chosen)
    except PrecisionTooLow:
        return run(FLOAT32)


def _blocks(passes: StreamPasses, records: Iterable[Record]) -> Iterator[tuple[list[Record], np.ndarray]]:
    """Yield embeddings some thousands at a time: statistics of a few rows cost as much as those of many."""
    chunks: list[Record] = []
    parts: list[np.ndarray] = []
    for chunk, features in passes.over(records):
        # What a chunk was decoded from is not needed any more.
        chunks.extend(Record(record.key, "", record.label) for record in chunk)
        parts.append(features)
        if len(chunks) >= _BLOCK:
            yield chunks, np.concatenate(parts)
            chunks, parts = [], []
    if chunks:
        yield chunks, np.concatenate(parts)


def _class_id(record: Record, ids: dict[str, int]) -> int:
    if record.label not in ids:
        raise DatasetError(
            f"row {record.key}: the label {record.label!r:.100} is none of the classes", field="label"
        )
    return ids[record.label]
