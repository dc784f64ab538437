"""Embed rows of a dataset with one pretrained model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.data.dataset import Dataset
from automl_tl.data.modalities.base import modalities
from automl_tl.errors import Cancelled, ModelUnavailable
from automl_tl.probe.cache import EmbeddingCache, computation_digest
from automl_tl.probe.embeddings import Embeddings
from automl_tl.zoo.backbone import Backbone, Batch, LoadedModel

__all__ = ["embed", "embed_batch"]

_WIDEST_SOURCE_HEAD = 5000


def embed(
    loaded: LoadedModel,
    dataset: Dataset,
    rows: Sequence[int] | NDArray[np.int64],
    *,
    batch_size: int = 64,
    device: str = "auto",
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
        Examples per forward pass; halved by itself where the device's memory is too small.
    device
        ``auto`` (CUDA where there is one), ``cpu`` or ``cuda``. On CUDA the passes run in bfloat16.
    cache
        Where to look first and to store the union of old and new rows; nothing is stored on failure.
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
    wanted = np.unique(np.asarray(rows, dtype=np.int64))
    key = computation_digest(loaded) if cache is not None else ""
    known = cache.load(dataset.digest, key, loaded.backbone.card.id) if cache is not None else None
    missing = wanted if known is None else np.setdiff1d(wanted, known.rows)
    if known is not None and not len(missing):
        return _selected(known, wanted)
    fresh = _Forward(loaded, dataset, batch_size, device, progress, cancelled).run(missing)
    whole = fresh if known is None else _united(known, fresh)
    if cache is not None:
        # A full disk costs the next run its head start, not this one its result.
        with suppress(OSError):
            cache.store(dataset.digest, key, whole)
    return _selected(whole, wanted)


def embed_batch(
    backbone: Backbone, batch: Batch, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Return embeddings (B, D) and source probabilities (B, Z) or None, float32 on the CPU."""
    moved = {name: _laid_out(tensor).to(device, non_blocking=True) for name, tensor in batch.items()}
    with torch.inference_mode(), _precision(device):
        embedding, logits = backbone.embed_with_source(moved)
    probs = None
    if logits is not None and logits.shape[1] <= _WIDEST_SOURCE_HEAD:
        probs = logits.float().softmax(dim=1).cpu()
    return embedding.float().cpu(), probs


class _Forward:
    """The forward passes of one model over some rows."""

    def __init__(
        self,
        loaded: LoadedModel,
        dataset: Dataset,
        batch_size: int,
        device: str,
        progress: Callable[[float], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self._loaded, self._dataset = loaded, dataset
        self._batch_size = batch_size
        automatic = "cuda" if torch.cuda.is_available() else "cpu"
        self._device = torch.device(automatic if device == "auto" else device)
        self._progress = progress or (lambda _: None)
        self._cancelled = cancelled or (lambda: False)
        self._seconds = 0.0

    def run(self, rows: NDArray[np.int64]) -> Embeddings:
        backbone = self._loaded.backbone
        backbone.eval().to(self._device)
        backbone.to(memory_format=torch.channels_last)
        try:
            features, probs = self._embed(self._in_reading_order(rows))
        finally:
            backbone.to("cpu")
            backbone.to(memory_format=torch.contiguous_format)
        self._refuse_bad_values(rows, features)
        model, digest = backbone.card.id, self._loaded.weights_digest
        return Embeddings(model, rows, features, probs, self._seconds, digest)

    def _in_reading_order(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows as they are read (texts by length: batches then pad little) and where each belongs."""
        if self._dataset.modality == "text":
            order = np.argsort([len(self._dataset.inputs[row]) for row in rows], kind="stable")
        else:
            order = np.arange(len(rows))
        return rows[order], order

    def _embed(
        self, reading: tuple[NDArray[np.int64], NDArray[np.int64]]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        rows, places = reading
        features = np.empty((len(rows), self._loaded.backbone.embedding_size), dtype=np.float32)
        probs: NDArray[np.float32] | None = None
        done = 0
        for start, embedding, source in self._passes(rows):
            target = places[start : start + len(embedding)]
            features[target] = embedding.numpy()
            if source is not None:
                probs = np.empty((len(rows), source.shape[1]), np.float32) if probs is None else probs
                probs[target] = source.numpy()
            done = start + len(embedding)
            self._progress(done / len(rows))
        return features, probs

    def _passes(self, rows: NDArray[np.int64]) -> Iterator[tuple[int, torch.Tensor, torch.Tensor | None]]:
        reader, backbone = modalities.get(self._dataset.modality), self._loaded.backbone
        start = 0
        while start < len(rows):
            if self._cancelled():
                raise Cancelled("embedding was asked to stop")
            chosen = rows[start : start + self._batch_size]
            examples = reader.read(self._dataset, [int(row) for row in chosen])
            began = time.perf_counter()
            try:
                batch = backbone.preprocess(examples)
                embedding, source = embed_batch(backbone, batch, self._device)
            except torch.cuda.OutOfMemoryError:
                self._shrink_batch()
                continue
            except (RuntimeError, ValueError, IndexError, AssertionError) as error:
                reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
                raise ModelUnavailable(f"{backbone.card.id} fails on this data: {reason}") from error
            self._seconds += time.perf_counter() - began
            yield start, embedding, source
            start += len(chosen)

    def _shrink_batch(self) -> None:
        if self._batch_size == 1:
            raise ModelUnavailable(f"{self._loaded.backbone.card.id} does not fit into the device's memory")
        self._batch_size = max(1, self._batch_size // 2)
        torch.cuda.empty_cache()

    def _refuse_bad_values(self, rows: NDArray[np.int64], features: NDArray[np.float32]) -> None:
        bad = np.flatnonzero(~np.isfinite(features).all(axis=1))
        if len(bad):
            row = self._dataset.row_ids[int(rows[bad[0]])]
            raise ModelUnavailable(
                f"{self._loaded.backbone.card.id} gives NaN or infinity for {len(bad)} of {len(rows)} rows,"
                f" the first is {row}; its weights are unusable here"
            )


def _laid_out(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor


def _precision(device: torch.device) -> AbstractContextManager[object]:
    return torch.autocast("cuda", dtype=torch.bfloat16) if device.type == "cuda" else nullcontext()


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
    return Embeddings(new.model, rows[order], features, probs, new.seconds, new.weights_digest)
