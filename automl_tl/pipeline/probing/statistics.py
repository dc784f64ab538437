"""Statistics of a model's embeddings, shard by shard: the embeddings themselves are never kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Dataset
from automl_tl.errors import InvalidInput
from automl_tl.probe.extract import embed
from automl_tl.search.model_cache import load_from_source
from automl_tl.search.runner import LoadModel
from automl_tl.transferability.statistics import SufficientStatistics, sufficient_statistics
from automl_tl.zoo.card import ModelCard

__all__ = ["SHARD_ROWS", "probe_statistics", "shard_statistics", "shards"]

SHARD_ROWS = 2048


def probe_statistics(
    card: ModelCard,
    dataset: Dataset,
    rows: NDArray[np.int64],
    labels: NDArray[np.int64],
    *,
    shard_rows: int = SHARD_ROWS,
    load_model: LoadModel = load_from_source,
    interrupted: Callable[[], bool] | None = None,
) -> SufficientStatistics:
    """Return what ``score_statistics`` needs of any number of rows, in the memory of one shard.

    Parameters
    ----------
    rows
        Rows to look at, int64 (N,), at least one.
    labels
        Class ids of all rows of the dataset; those of ``rows`` are >= 0.
    shard_rows
        Most rows of which the embeddings are in memory at once.
    interrupted
        Asked before every batch.

    Raises
    ------
    InvalidInput
        If there are no rows.
    ModelUnavailable, DatasetError, Cancelled
        As ``embed`` does.
    ScoreUnavailable
        If a label is negative.
    """
    loaded = load_model(card)
    parts = (
        shard_statistics(card, dataset, shard, labels, load_model=lambda _: loaded, interrupted=interrupted)
        for shard in shards(rows, shard_rows)
    )
    whole = next(parts)
    for part in parts:
        whole += part
    return whole


def shard_statistics(
    card: ModelCard,
    dataset: Dataset,
    rows: NDArray[np.int64],
    labels: NDArray[np.int64],
    *,
    load_model: LoadModel,
    interrupted: Callable[[], bool] | None = None,
) -> SufficientStatistics:
    """Return the statistics of one shard; those of several shards add up with ``+``."""
    embeddings = embed(load_model(card), dataset, rows, cancelled=interrupted)
    return sufficient_statistics(embeddings.features, labels[embeddings.rows])


def shards(rows: NDArray[np.int64], size: int) -> Iterator[NDArray[np.int64]]:
    """Yield the rows, ascending and once each, in parts of nearly equal length of at most ``size``.

    Raises
    ------
    InvalidInput
        If there are no rows, or ``size`` is not positive.
    """
    whole = np.unique(rows)
    if not len(whole):
        raise InvalidInput("there are no rows to probe", field="rows")
    if size < 1:
        raise InvalidInput(f"a shard needs at least one row but got {size}", field="shard_rows")
    yield from np.array_split(whole, -(-len(whole) // size))
