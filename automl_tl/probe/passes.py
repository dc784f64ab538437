"""The forward passes of one model over rows of a dataset, while other threads read and prepare what comes next."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.data.dataset import Dataset
from automl_tl.data.modalities.base import modalities
from automl_tl.data.parallel import processors
from automl_tl.errors import Cancelled, ModelUnavailable
from automl_tl.probe.embeddings import Embeddings
from automl_tl.probe.failures import NETWORK_FAILURES, failed_on_data
from automl_tl.probe.precision import FLOAT32, computing_in
from automl_tl.probe.prefetch import prefetched
from automl_tl.zoo.backbone import Backbone, Batch, LoadedModel
from automl_tl.zoo.card import ImageInput

__all__ = ["ForwardPasses", "PrecisionTooLow", "placed"]

_WIDEST_SOURCE_HEAD = 5000
_MOST_READERS = 4
_LARGEST_BATCH = 64
_CPU_TEXTS = 16
_CPU_PIXELS = 16 * 224 * 224

Outputs = tuple[dict[str, torch.Tensor], torch.Tensor | None]


class PrecisionTooLow(Exception):
    """The network gives NaN or infinity at a precision below float32; there it may be sound."""


class ForwardPasses:
    """One model on one device, at one precision.

    Parameters
    ----------
    layers
        What embeddings are made of, out of the backbone's ``layer_choices``; all come from the same passes.
    batch_size
        Examples per pass, halved where the device's memory is too small; 0 chooses.
    progress, cancelled
        As :func:`automl_tl.probe.extract.embed` says.
    """

    def __init__(
        self,
        loaded: LoadedModel,
        dataset: Dataset,
        layers: Sequence[str],
        *,
        batch_size: int,
        device: torch.device,
        precision: str,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._loaded, self._backbone = loaded, loaded.backbone
        self._dataset, self._layers = dataset, tuple(layers)
        self._reader = modalities.get(dataset.modality)
        self._batch_size = batch_size or _fitting_batch(self._backbone, device)
        self._device, self._precision = device, precision
        self._progress = progress or (lambda _: None)
        self._cancelled = cancelled or (lambda: False)

    def run(self, rows: NDArray[np.int64]) -> dict[str, Embeddings]:
        """Return the embeddings of these rows, which ascend, by what they are made of.

        Raises
        ------
        DatasetError
            If a row cannot be read.
        ModelUnavailable
            If the model fails on the data or, in float32, gives NaN or infinity.
        PrecisionTooLow
            If it gives these at another precision.
        Cancelled
            If ``cancelled`` said so.
        """
        began = time.perf_counter()
        with placed(self._backbone, self._device):
            features, probs = self._embed(*self._in_reading_order(rows))
        seconds = time.perf_counter() - began
        for values in features.values():
            self._refuse_bad_values(rows, values)
        model, digest = self._backbone.card.id, self._loaded.weights_digest
        return {
            name: Embeddings(model, rows, features[name], probs, seconds, digest, name, self._precision)
            for name in self._layers
        }

    def _in_reading_order(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows as they are read (texts by length: batches then pad little) and where each belongs.

        What is stored in shards is read in the order in which it lies there.
        """
        if self._dataset.modality == "text" and self._dataset.stored is None:
            order = np.argsort([len(self._dataset.inputs[row]) for row in rows], kind="stable")
        else:
            order = np.arange(len(rows))
        return rows[order], order

    def _embed(
        self, rows: NDArray[np.int64], places: NDArray[np.int64]
    ) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.float32] | None]:
        nothing = np.empty((0, self._backbone.embedding_size), dtype=np.float32)
        features = dict.fromkeys(self._layers, nothing)
        probs: NDArray[np.float32] | None = None
        done = 0
        for found, source in self._outputs(rows):
            size = len(found[self._layers[0]])
            target = places[done : done + size]
            for name, values in found.items():
                if not done:
                    features[name] = np.empty((len(rows), values.shape[1]), dtype=np.float32)
                features[name][target] = values.numpy()
            if source is not None:
                probs = np.empty((len(rows), source.shape[1]), np.float32) if probs is None else probs
                probs[target] = source.numpy()
            done += size
            self._progress(done / len(rows))
        return features, probs

    def _outputs(self, rows: NDArray[np.int64]) -> Iterator[Outputs]:
        """Yield what the network makes of these rows, in their order, some at a time."""
        chunks = [rows[start : start + self._batch_size] for start in range(0, len(rows), self._batch_size)]
        # The device computes while several cores decode; a CPU that computes has none to spare but for one.
        threads = min(_MOST_READERS, processors()) if self._device.type == "cuda" else 1
        with closing(prefetched(self._prepare, chunks, threads=threads)) as batches:
            for _ in chunks:
                self._stop_if_asked()
                yield from self._forward(next(batches))

    def _prepare(self, rows: NDArray[np.int64]) -> Batch:
        """Read and preprocess some rows; for CUDA into memory from which copies run beside the computation."""
        examples = self._reader.read(self._dataset, [int(row) for row in rows])
        try:
            batch = self._backbone.preprocess(examples)
            return {name: tensor.pin_memory() for name, tensor in batch.items()} if self._on_cuda() else batch
        except NETWORK_FAILURES as error:
            raise failed_on_data(self._backbone, error) from error

    def _forward(self, batch: Batch) -> Iterator[Outputs]:
        """Yield the outputs of a batch: at once, or in pieces if the device's memory is too small."""
        total, start = len(next(iter(batch.values()))), 0
        while start < total:
            if start:
                self._stop_if_asked()
            piece = {name: tensor[start : start + self._batch_size] for name, tensor in batch.items()}
            try:
                found, source = self._pass(piece)
            except torch.cuda.OutOfMemoryError:
                self._shrink_batch()
                continue
            except NETWORK_FAILURES as error:
                raise failed_on_data(self._backbone, error) from error
            yield found, source
            start += self._batch_size

    def _pass(self, batch: Batch) -> Outputs:
        """Return embeddings (B, D) and source probabilities (B, Z) or None, float32 on the CPU."""
        moved = {name: _laid_out(tensor).to(self._device, non_blocking=True) for name, tensor in batch.items()}
        with torch.inference_mode(), computing_in(self._precision, self._device):
            embeddings, logits = self._backbone.embed_layers(moved, self._layers)
        found = {name: values.float().cpu() for name, values in embeddings.items()}
        if self._precision != FLOAT32 and not all(bool(values.isfinite().all()) for values in found.values()):
            raise PrecisionTooLow
        if logits is None or logits.shape[1] > _WIDEST_SOURCE_HEAD:
            return found, None
        return found, logits.float().softmax(dim=1).cpu()

    def _on_cuda(self) -> bool:
        return self._device.type == "cuda"

    def _stop_if_asked(self) -> None:
        if self._cancelled():
            raise Cancelled("embedding was asked to stop")

    def _shrink_batch(self) -> None:
        if self._batch_size == 1:
            raise ModelUnavailable(f"{self._backbone.card.id} does not fit into the device's memory")
        self._batch_size = max(1, self._batch_size // 2)
        torch.cuda.empty_cache()

    def _refuse_bad_values(self, rows: NDArray[np.int64], features: NDArray[np.float32]) -> None:
        bad = np.flatnonzero(~np.isfinite(features).all(axis=1))
        if len(bad):
            row = self._dataset.row_ids[int(rows[bad[0]])]
            raise ModelUnavailable(
                f"{self._backbone.card.id} gives NaN or infinity for {len(bad)} of {len(rows)} rows,"
                f" the first is {row}; its weights are unusable here"
            )


def _fitting_batch(backbone: Backbone, device: torch.device) -> int:
    """Return a batch size that is fast.

    On a CPU larger batches leave its caches: with 64 instead of 16 images of 224 pixels MobileNetV2 takes 1.3
    times and ConvNeXt-atto 1.7 times as long per image, MiniLM 1.7 times per text. Small images want 64.
    """
    if device.type != "cpu":
        return _LARGEST_BATCH
    shape = backbone.card.input
    if not isinstance(shape, ImageInput):
        return _CPU_TEXTS
    height, width = shape.size
    return min(max(_CPU_PIXELS // (height * width), 1), _LARGEST_BATCH)


@contextmanager
def placed(backbone: Backbone, device: torch.device) -> Iterator[None]:
    """Move the network to the device, laid out for convolutions, and back afterwards."""
    backbone.eval().to(device)
    backbone.to(memory_format=torch.channels_last)
    try:
        yield
    finally:
        backbone.to("cpu")
        backbone.to(memory_format=torch.contiguous_format)


def _laid_out(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor
