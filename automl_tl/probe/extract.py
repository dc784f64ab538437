"""Embed rows of a dataset with one pretrained model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.data.dataset import Dataset
from automl_tl.probe.cache import EmbeddingCache, computation_digest
from automl_tl.probe.embeddings import Embeddings
from automl_tl.probe.passes import ForwardPasses, PrecisionTooLow
from automl_tl.probe.precision import FLOAT32, choose_precision
from automl_tl.zoo.backbone import LoadedModel

__all__ = ["embed", "embed_layers"]


def embed(
    loaded: LoadedModel,
    dataset: Dataset,
    rows: Sequence[int] | NDArray[np.int64],
    *,
    batch_size: int = 0,
    device: str = "auto",
    precision: str = "auto",
    cache: EmbeddingCache | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Embeddings:
    """Return the embeddings of these rows; rows that are cached are not computed again.

    Parameters
    ----------
    rows
        Row indices of the dataset; the result has them ascending and once each.
    batch_size
        Examples per forward pass, halved by itself where the device's memory is too small; 0 chooses: 64 on CUDA,
        on a CPU as many as its caches serve best.
    device
        ``auto`` (CUDA where there is one), ``cpu`` or ``cuda``.
    precision
        ``float32``, ``bfloat16``, or ``auto``, which takes the latter where it is faster and safe
        (:func:`automl_tl.probe.precision.choose_precision`). If bfloat16 gives NaN or infinity, all rows are
        computed in float32.
    cache
        Where to look first and to store the union of old and new rows; nothing is stored on failure. Embeddings of
        different precision, or made of different layers, never mix.
    progress
        Called with the finished share in [0, 1] after every batch.
    cancelled
        Asked before every batch.

    Raises
    ------
    DatasetError
        If a row cannot be read.
    ModelUnavailable
        If the model fails on the data or gives NaN or infinity.
    Cancelled
        If ``cancelled`` said so.
    """
    own = loaded.backbone.layers
    return embed_layers(
        loaded,
        dataset,
        rows,
        layers=(own,),
        batch_size=batch_size,
        device=device,
        precision=precision,
        cache=cache,
        progress=progress,
        cancelled=cancelled,
    )[own]


def embed_layers(
    loaded: LoadedModel,
    dataset: Dataset,
    rows: Sequence[int] | NDArray[np.int64],
    *,
    layers: Sequence[str] = (),
    batch_size: int = 0,
    device: str = "auto",
    precision: str = "auto",
    cache: EmbeddingCache | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> dict[str, Embeddings]:
    """Return the embeddings of these rows by what they are made of, from one forward pass per row.

    Each equals what :func:`embed` returns for the same model with that choice on its card, and is cached as such.

    Parameters
    ----------
    layers
        Some of the backbone's ``layer_choices``; none means all of them.

    The other parameters and the errors are those of :func:`embed`; ModelUnavailable also names a choice that the
    network does not offer.
    """
    asked = tuple(dict.fromkeys(layers or loaded.backbone.layer_choices))
    for name in asked:
        loaded.backbone.check_layers(name)
    automatic = "cuda" if torch.cuda.is_available() else "cpu"
    where = torch.device(automatic if device == "auto" else device)
    passes = partial(
        ForwardPasses,
        loaded,
        dataset,
        batch_size=batch_size,
        device=where,
        progress=progress,
        cancelled=cancelled,
    )
    wanted = np.unique(np.asarray(rows, dtype=np.int64))
    chosen = choose_precision(precision, loaded.backbone, where)
    try:
        return _completed(passes, loaded, dataset, wanted, asked, chosen, cache)
    except PrecisionTooLow:
        return _completed(passes, loaded, dataset, wanted, asked, FLOAT32, cache)


def _completed(
    passes: Callable[..., ForwardPasses],
    loaded: LoadedModel,
    dataset: Dataset,
    wanted: NDArray[np.int64],
    layers: tuple[str, ...],
    precision: str,
    cache: EmbeddingCache | None,
) -> dict[str, Embeddings]:
    """Return the cached embeddings, completed by one run over the rows that any of the choices lacks."""
    keys = {
        name: computation_digest(loaded, layers=name, precision=precision) if cache is not None else ""
        for name in layers
    }
    known = {name: _cached(cache, loaded, dataset, key, name, precision) for name, key in keys.items()}
    missing = {
        name: wanted if found is None else np.setdiff1d(wanted, found.rows) for name, found in known.items()
    }
    lacking = [name for name in layers if known[name] is None or len(missing[name])]
    if lacking:
        union = np.unique(np.concatenate([missing[name] for name in lacking]))
        for name, fresh in passes(lacking, precision=precision).run(union).items():
            old = known[name]
            whole = fresh if old is None else _united(old, _selected(fresh, missing[name]))
            known[name] = whole
            if cache is not None:
                # A full disk costs the next run its head start, not this one its result.
                with suppress(OSError):
                    cache.store(dataset.digest, keys[name], whole)
    return {name: _selected(found, wanted) for name, found in known.items() if found is not None}


def _cached(
    cache: EmbeddingCache | None, loaded: LoadedModel, dataset: Dataset, key: str, layers: str, precision: str
) -> Embeddings | None:
    found = None if cache is None else cache.load(dataset.digest, key, loaded.backbone.card.id)
    return None if found is None else replace(found, layers=layers, precision=precision)


def _selected(known: Embeddings, rows: NDArray[np.int64]) -> Embeddings:
    """Return exactly these rows, all of which are there."""
    if np.array_equal(known.rows, rows):
        return known
    return replace(known, rows=rows, features=known.select(rows), source_probs=known.select_probs(rows))


def _united(old: Embeddings, new: Embeddings) -> Embeddings:
    """Return the rows of both, ascending; they are disjoint and come from the same weights."""
    rows = np.concatenate([old.rows, new.rows])
    order = np.argsort(rows)
    features = np.concatenate([old.features, new.features])[order]
    probs = None
    if old.source_probs is not None and new.source_probs is not None:
        probs = np.concatenate([old.source_probs, new.source_probs])[order]
    return replace(new, rows=rows[order], features=features, source_probs=probs)
