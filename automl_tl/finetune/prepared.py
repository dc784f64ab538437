"""Model inputs of a labelled part: preprocessed once where they fit in memory, else batch by batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.data.dataset import Example
from automl_tl.zoo.backbone import Backbone, Batch
from automl_tl.zoo.card import ImageInput

__all__ = ["MEMORY_LIMIT", "PreparedInputs"]

MEMORY_LIMIT = 1 << 30
"""Bytes of preprocessed images that one trial may keep."""

_CHUNK = 64


class PreparedInputs:
    """Batches of preprocessed inputs by index.

    Images have one size per model, so all of them are kept as one tensor if that stays below ``memory_limit``
    bytes. Texts are tokenised batch by batch: that is cheap, and it pads to the longest text of the batch only.
    """

    def __init__(
        self,
        backbone: Backbone,
        examples: Sequence[Example],
        device: torch.device,
        memory_limit: int = MEMORY_LIMIT,
    ) -> None:
        self._backbone = backbone
        self._examples = examples
        self._device = device
        self._pixels = self._preprocess_images(memory_limit)

    def __len__(self) -> int:
        return len(self._examples)

    def batch(self, indices: NDArray[np.int64]) -> Batch:
        """Return the model inputs of these examples, in this order, on the device."""
        if self._pixels is not None:
            return {"pixels": self._sent(self._pixels[torch.from_numpy(indices)])}
        batch = self._backbone.preprocess([self._examples[int(index)] for index in indices])
        return {name: self._sent(tensor) for name, tensor in batch.items()}

    def _sent(self, tensor: torch.Tensor) -> torch.Tensor:
        """Return the tensor on the device; from pinned memory the copy runs beside what the device computes."""
        if self._device.type == "cuda":
            return tensor.pin_memory().to(self._device, non_blocking=True)
        return tensor.to(self._device)

    def evaluation_order(self) -> NDArray[np.int64]:
        """Return an order of all examples in which neighbours pad to about the same length."""
        lengths = [len(example) if isinstance(example, str) else 0 for example in self._examples]
        return np.argsort(lengths, kind="stable").astype(np.int64)

    def _preprocess_images(self, memory_limit: int) -> torch.Tensor | None:
        shape = self._backbone.card.input
        if not isinstance(shape, ImageInput) or not self._examples:
            return None
        height, width = shape.size
        if len(self._examples) * 3 * height * width * 4 > memory_limit:
            return None
        chunks = [
            self._backbone.preprocess(self._examples[start : start + _CHUNK])["pixels"]
            for start in range(0, len(self._examples), _CHUNK)
        ]
        return torch.cat(chunks)
