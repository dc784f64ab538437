"""Probes data sets of any size with Ray Data: shards go to the models, statistics come back and are added up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import ray
import ray.data

from automl_tl.data.shards.base import Shard, read_shard
from automl_tl.distributed.session import RaySession
from automl_tl.errors import AutomlError, DatasetError, InvalidInput
from automl_tl.pipeline.probing.stream import SAMPLE_ROWS, StreamedProbe, probe_part
from automl_tl.search.model_cache import load_from_source
from automl_tl.search.runner import LoadModel, Resources
from automl_tl.zoo.card import ModelCard

__all__ = ["stream_probe"]


class _Prober:
    """Lives in a process of its own and keeps the model; a shard whose process dies is read again elsewhere."""

    def __init__(
        self, card: ModelCard, classes: Sequence[str], sample_rows: int, seed: int, load_model: LoadModel | None
    ) -> None:
        self._loaded = (load_model or load_from_source)(card)
        self._classes, self._sample_rows, self._seed = classes, sample_rows, seed

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Return the part of each shard; what it raises travels as a value, since it is an answer too."""
        return {"part": [self._probed(shard) for shard in batch["item"]]}

    def _probed(self, shard: Shard) -> StreamedProbe | AutomlError | None:
        try:
            return probe_part(
                self._loaded,
                partial(read_shard, shard),
                self._classes,
                sample_rows=self._sample_rows,
                seed=self._seed,
            )
        except AutomlError as error:
            return error


def stream_probe(
    session: RaySession,
    card: ModelCard,
    shards: Sequence[Shard],
    classes: Sequence[str],
    *,
    resources: Resources | None = None,
    sample_rows: int = SAMPLE_ROWS,
    seed: int = 0,
    load_model: LoadModel | None = None,
) -> StreamedProbe:
    """Return the probe of one model over all shards; this process keeps one part and adds the next to it.

    The same seed gives the same sample wherever the shards were read.

    Parameters
    ----------
    session
        Ray; started if nobody has started it.
    resources
        What one process of the model asks for, and how many there are at most.

    Raises
    ------
    InvalidInput
        If there are no shards.
    DatasetError, ModelUnavailable
        As :func:`automl_tl.pipeline.probing.stream.probe_stream` does.
    """
    if not shards:
        raise InvalidInput("there are no shards to probe", field="shards")
    session.start()
    asked = resources or Resources()
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = True  # sums of floats depend on their order
    stream = ray.data.from_items(
        [{"item": shard} for shard in shards], override_num_blocks=len(shards)
    ).map_batches(
        _Prober,
        fn_constructor_args=(card, tuple(classes), sample_rows, seed, load_model),
        batch_size=1,
        num_cpus=asked.cpus,
        num_gpus=asked.gpus,
        accelerator_type=asked.accelerator or None,
        concurrency=(1, max(1, min(asked.concurrent, len(shards)))),
    )
    whole: StreamedProbe | None = None
    for row in stream.iter_rows():
        part = row["part"]
        if isinstance(part, AutomlError):
            raise part
        if part is not None:
            whole = part if whole is None else whole + part
    if whole is None:
        raise DatasetError("the shards hold no labelled row; give at least one")
    return whole
