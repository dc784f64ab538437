"""Model inputs of a labelled part: preprocessed once where they fit in memory, else batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.data.dataset import Example
from automl_tl.data.on_demand import ExamplesOnDemand, taken
from automl_tl.data.parallel import processors
from automl_tl.finetune.clock import no_limit
from automl_tl.probe.prefetch import prefetched
from automl_tl.zoo.backbone import Backbone, Batch
from automl_tl.zoo.card import ImageInput

__all__ = ["MEMORY_LIMIT", "Part", "PreparedInputs"]

MEMORY_LIMIT = 1 << 30
"""Bytes of preprocessed images that one trial may keep."""

Part: TypeAlias = Callable[[NDArray[np.int64]], NDArray[np.int64]]
"""Indices of a batch to those that are to be prepared."""

_CHUNK = 64
_MOST_READERS = 4


class PreparedInputs:
    """Batches of preprocessed inputs by index.

    Images have one size per model, so all of them are kept as one tensor if that stays below ``memory_limit``
    bytes. Texts are tokenised batch by batch: that is cheap, and it pads to the longest text of the batch only.
    What is neither is read, decoded and prepared for every batch; :meth:`ahead` does that in another thread.

    Parameters
    ----------
    remaining
        Seconds left. Once they are used up the rest is not prepared and nothing is kept: whoever goes on all the
        same has every batch prepared by itself, and watches the clock before each. Of processes that train
        together all must keep the same, so they give none.
    """

    def __init__(
        self,
        backbone: Backbone,
        examples: Sequence[Example],
        device: torch.device,
        memory_limit: int = MEMORY_LIMIT,
        remaining: Callable[[], float] = no_limit,
    ) -> None:
        self._backbone = backbone
        self._examples = examples
        self._device = device
        self._made: tuple[NDArray[np.int64], Part | None, Batch] | None = None
        self._pixels = self._preprocess_images(memory_limit, remaining)

    def __len__(self) -> int:
        return len(self._examples)

    def batch(self, indices: NDArray[np.int64]) -> Batch:
        """Return the model inputs of these examples, in this order, on the device."""
        if self._pixels is not None:
            return {"pixels": self._sent(self._pixels[torch.from_numpy(indices)])}
        return self.send(self.rows(indices))

    @property
    def costly(self) -> bool:
        """Whether a batch takes so much work that several processes had better divide it: images not kept."""
        return self._pixels is None and isinstance(self._backbone.card.input, ImageInput)

    def rows(self, indices: NDArray[np.int64], part: Part | None = None) -> Batch:
        """Return the model inputs of these examples, or of a part of them, on the CPU, made ahead or now."""
        if self._made is not None and self._made[0] is indices and self._made[1] == part:
            return self._made[2]
        return self._prepare(indices, part)

    def send(self, batch: Batch) -> Batch:
        """Return a batch on the device."""
        return {name: self._sent(tensor) for name, tensor in batch.items()}

    def ahead(self, batches: Iterator[NDArray[np.int64]], part: Part | None = None) -> Iterator[NDArray[np.int64]]:
        """Yield the batches of indices; inputs on demand are made ready meanwhile, (a part of) a batch at a time.

        Their :meth:`batch` then is there already. Nothing but speed depends on it.
        """
        if self._pixels is not None or not isinstance(self._examples, ExamplesOnDemand):
            yield from batches
            return
        threads = min(_MOST_READERS, processors()) if self._device.type == "cuda" else 1
        with closing(
            prefetched(lambda batch: (batch, part, self._prepare(batch, part)), batches, threads=threads)
        ) as made:
            for each in made:
                self._made = each
                yield each[0]

    def _prepare(self, indices: NDArray[np.int64], part: Part | None) -> Batch:
        return self._backbone.preprocess(taken(self._examples, indices if part is None else part(indices)))

    def _sent(self, tensor: torch.Tensor) -> torch.Tensor:
        """Return the tensor on the device; from pinned memory the copy runs beside what the device computes."""
        if self._device.type == "cuda":
            return tensor.pin_memory().to(self._device, non_blocking=True)
        return tensor.to(self._device)

    def evaluation_order(self) -> NDArray[np.int64]:
        """Return an order of all examples in which neighbours pad to about the same length.

        Examples on demand stay in the order in which they are stored.
        """
        if isinstance(self._examples, ExamplesOnDemand):
            return np.arange(len(self), dtype=np.int64)
        lengths = [len(example) if isinstance(example, str) else 0 for example in self._examples]
        return np.argsort(lengths, kind="stable").astype(np.int64)

    def _preprocess_images(self, memory_limit: int, remaining: Callable[[], float]) -> torch.Tensor | None:
        shape = self._backbone.card.input
        if not isinstance(shape, ImageInput) or not self._examples:
            return None
        height, width = shape.size
        if len(self._examples) * 3 * height * width * 4 > memory_limit:
            return None
        chunks = list[torch.Tensor]()
        for start in range(0, len(self._examples), _CHUNK):
            if start and remaining() <= 0:
                return None
            chunks.append(self._backbone.preprocess(self._examples[start : start + _CHUNK])["pixels"])
        return torch.cat(chunks)
