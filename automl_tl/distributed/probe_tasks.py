"""What happens inside a Ray worker process that embeds for one candidate after another."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import ray

from automl_tl.distributed.gpus import share_of_this_process, stay_within_share
from automl_tl.distributed.node_data import SharedDataset
from automl_tl.errors import AutomlError
from automl_tl.pipeline.probing.inline_runner import ModelShelf
from automl_tl.pipeline.probing.probe_model import probe_model
from automl_tl.pipeline.probing.request import ProbeOutcome, ProbeRequest
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.probe.embeddings import Embeddings
from automl_tl.search.runner import LoadModel

__all__ = ["CacheEntry", "embed_shard", "united"]


@dataclass(frozen=True)
class CacheEntry:
    """What the driver shall store: several shards of one model would overwrite each other's rows."""

    dataset: str
    computation: str
    embeddings: Embeddings


@ray.remote(max_retries=0)
def embed_shard(
    request: ProbeRequest, dataset: SharedDataset, cache: EmbeddingCache, load_model: LoadModel | None
) -> tuple[ProbeOutcome, tuple[CacheEntry, ...]]:
    """Probe one candidate on one shard; whatever it raises is in the outcome, since an error costs the process."""
    stay_within_share(share_of_this_process())
    reading = _ReadingCache(cache)
    try:
        here = dataset.here()
    except AutomlError as error:
        return ProbeOutcome(request.card.id, error=error.message), ()
    outcome = probe_model(request, here, cache=reading, load_model=load_model or _process_models())
    return outcome, tuple(reading.entries)


def united(parts: Sequence[Embeddings]) -> Embeddings:
    """Return the rows of all parts, ascending and once each; the seconds add up.

    The arrays are copies: what comes out of Ray's object store would pin its memory.
    """
    rows, first = np.unique(np.concatenate([part.rows for part in parts]), return_index=True)
    probs = [part.source_probs for part in parts if part.source_probs is not None]
    return replace(
        parts[0],
        rows=rows,
        features=np.concatenate([part.features for part in parts])[first],
        source_probs=np.concatenate(probs)[first] if len(probs) == len(parts) else None,
        seconds=sum(part.seconds for part in parts),
    )


class _ReadingCache(EmbeddingCache):
    """Reads a cache and remembers what should be stored there."""

    def __init__(self, cache: EmbeddingCache) -> None:
        self._cache = cache
        self.entries: list[CacheEntry] = []

    def load(self, dataset_digest: str, computation: str, model: str) -> Embeddings | None:
        """Return every cached row, or None."""
        return self._cache.load(dataset_digest, computation, model)

    def store(self, dataset_digest: str, computation: str, embeddings: Embeddings) -> None:
        """Remember what should be stored."""
        self.entries.append(CacheEntry(dataset_digest, computation, embeddings))


@functools.cache
def _process_models() -> ModelShelf:
    """Return this process's models: the process outlives the task, its weights should too."""
    return ModelShelf()
