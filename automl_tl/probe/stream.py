"""Embed what comes out of shards, batch by batch: neither inputs nor embeddings are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.data.dataset import Dataset
from automl_tl.data.shards.base import Record, decoded
from automl_tl.errors import Cancelled, ModelUnavailable
from automl_tl.probe.failures import NETWORK_FAILURES, failed_on_data
from automl_tl.probe.passes import ForwardPasses, placed
from automl_tl.probe.prefetch import prefetched
from automl_tl.zoo.backbone import Batch, LoadedModel

__all__ = ["StreamPasses"]

Prepared = tuple[list[Record], Batch]


class StreamPasses(ForwardPasses):
    """One model on one device that embeds records as they come.

    Parameters
    ----------
    batch_size, precision, cancelled
        As :func:`automl_tl.probe.extract.embed` says, but for ``auto``.
    """

    def __init__(
        self,
        loaded: LoadedModel,
        *,
        device: torch.device,
        precision: str,
        batch_size: int = 0,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        nothing = Dataset(loaded.backbone.card.modality, "", Path(), (), (), {})
        own = loaded.backbone.layers
        super().__init__(
            loaded,
            nothing,
            (own,),
            batch_size=batch_size,
            device=device,
            precision=precision,
            cancelled=cancelled,
        )
        self._own = own

    def over(self, records: Iterable[Record]) -> Iterator[tuple[list[Record], NDArray[np.float32]]]:
        """Yield records and their embeddings float32 (B, D), in order; another thread decodes what comes next.

        Raises
        ------
        DatasetError
            If a record cannot be decoded.
        ModelUnavailable, PrecisionTooLow, Cancelled
            As :meth:`automl_tl.probe.passes.ForwardPasses.run` does.
        """
        with placed(self._backbone, self._device), closing(prefetched(self._made, self._chunks(records))) as made:
            for chunk, batch in made:
                if self._cancelled():
                    raise Cancelled("embedding was asked to stop")
                pieces = [found[self._own].numpy() for found, _ in self._forward(batch)]
                features = np.concatenate(pieces).astype(np.float32, copy=False)
                bad = np.flatnonzero(~np.isfinite(features).all(axis=1))
                if len(bad):
                    raise ModelUnavailable(
                        f"{self._backbone.card.id} gives NaN or infinity for the row {chunk[int(bad[0])].key}; "
                        "its weights are unusable here"
                    )
                yield chunk, features

    def _chunks(self, records: Iterable[Record]) -> Iterator[list[Record]]:
        left, size = iter(records), self._batch_size
        while chunk := list(islice(left, size)):
            yield chunk

    def _made(self, chunk: list[Record]) -> Prepared:
        examples = [decoded(record) for record in chunk]
        try:
            batch = self._backbone.preprocess(examples)
            pinned = {name: tensor.pin_memory() for name, tensor in batch.items()} if self._on_cuda() else batch
            return chunk, pinned
        except NETWORK_FAILURES as error:
            raise failed_on_data(self._backbone, error) from error
