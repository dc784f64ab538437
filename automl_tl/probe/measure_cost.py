"""Measure what a loaded model costs on some of the target data, in about a second at most."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.flop_counter import FlopCounterMode

from automl_tl.data.dataset import Dataset, Example
from automl_tl.data.modalities.base import modalities
from automl_tl.probe.cost import ModelCost, TrialSize
from automl_tl.probe.live_memory import LiveMemory
from automl_tl.probe.stopwatch import Stopwatch
from automl_tl.probe.update_cost import kept_bytes, optimiser_seconds, update_seconds
from automl_tl.zoo.backbone import Backbone, Batch, LoadedModel

__all__ = ["measure_cost", "with_throughput"]

_SERVING_SHARE = 0.3
"""Share of the time that latency may take; most of the rest is for an update."""
_UPDATE = 3.0
"""What an update costs in forward passes of its batch: backward is two of them."""
_COPIES = 4
"""Weights, their gradients and AdamW's two moments."""
_MEASURED = ("flops", "latency_ms", "inference_bytes", "training_bytes", "trial_seconds")


def measure_cost(
    loaded: LoadedModel,
    dataset: Dataset,
    rows: Sequence[int] | NDArray[np.int64],
    *,
    trial: TrialSize | None = None,
    threads: int = 1,
    device: str = "auto",
    seconds: float = 1.0,
) -> ModelCost:
    """Return what the model costs; a figure that cannot be measured is NaN, and the notes say why.

    Parameters
    ----------
    rows
        Row indices of the dataset, at least one; a few spread over them are looked at. Of texts the one of median
        length stands for all.
    trial
        What ``trial_seconds`` and ``training_bytes`` foretell; a run of the default size if not given.
    threads
        CPU threads of a trial, used for all measurements.
    device
        ``auto`` (CUDA where there is one), ``cpu`` or ``cuda``.
    seconds
        About how long measuring may take: it ends later only by the pass that is under way. If not positive, only
        the weights are counted.
    """
    watch = Stopwatch.ending_in(seconds)
    backbone, size = loaded.backbone, trial or TrialSize()
    where = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device)
    cost = _weights(backbone, where, threads)
    if watch.left() <= 0:
        return _without(cost, "no time was left to measure it", *_MEASURED)
    try:
        with _borrowed(backbone, where, threads):
            examples = _examples(dataset, rows, size.batch_size)
            began = time.perf_counter()
            batch = _moved(backbone.preprocess(examples), where)
            prepare = (time.perf_counter() - began) / len(examples)
            one = _moved(backbone.preprocess([_typical(examples)]), where)
            cost = _with_serving(cost, backbone, one, watch.share(_SERVING_SHARE))
            cost = _with_training(cost, backbone, batch, size, watch)
            cost = _with_second_look(cost, backbone, one, watch)
            return replace(cost, trial_seconds=cost.trial_seconds + size.prepared * prepare)
    except Exception as error:  # whatever a foreign network does here, the ranking goes on without the figure
        reason = (str(error).strip().splitlines() or [""])[0] or type(error).__name__
        return _without(cost, f"measuring failed: {reason:.200}", *_MEASURED)


def with_throughput(cost: ModelCost, examples: int, seconds: float) -> ModelCost:
    """Return the cost with the throughput of a probe that embedded so many examples in so many seconds."""
    if examples and seconds > 0:
        return replace(cost, examples_per_second=examples / seconds)
    return _without(cost, "the embeddings were cached", "examples_per_second")


def _weights(backbone: Backbone, device: torch.device, threads: int) -> ModelCost:
    """Return what is known without a pass."""
    weights = _parameters(backbone)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
    return ModelCost(
        parameters=sum(weight.numel() for weight in weights),
        weight_bytes=float(sum(weight.nbytes for weight in weights)),
        device=f"{name}, {threads} thread{'s' if threads != 1 else ''}",
    )


def _with_serving(cost: ModelCost, backbone: Backbone, one: Batch, watch: Stopwatch) -> ModelCost:
    """Add what prediction costs; the pass that counts warms the network up for those that are timed."""
    counter, live = FlopCounterMode(display=False), LiveMemory([*_present(backbone), *one.values()])
    with torch.no_grad(), counter, live:
        backbone(one)
    return replace(
        cost,
        flops=float(counter.get_total_flops()),
        latency_ms=_latency_ms(backbone, one, watch),
        inference_bytes=cost.weight_bytes + live.peak,
    )


def _with_second_look(cost: ModelCost, backbone: Backbone, one: Batch, watch: Stopwatch) -> ModelCost:
    """Take the latency once more, some time after the first, and keep the better one.

    A median forgives single slow passes, but fifteen passes of a small network fit into one moment in which the
    processor is elsewhere, and a limit must not keep a model out for that.
    """
    if watch.left() < 2 * cost.latency_ms / 1e3:
        return cost
    return replace(cost, latency_ms=min(cost.latency_ms, _latency_ms(backbone, one, watch)))


def _latency_ms(backbone: Backbone, one: Batch, watch: Stopwatch) -> float:
    with torch.inference_mode():
        return 1e3 * watch.median(lambda: backbone(one), at_most=15)


def _with_training(
    cost: ModelCost, backbone: Backbone, batch: Batch, size: TrialSize, watch: Stopwatch
) -> ModelCost:
    """Add what fine-tuning costs, from an update on as many examples as there is time for."""
    forward = cost.latency_ms / 1e3
    if watch.left() < _UPDATE * forward:
        note = "three forward passes per example; no time was left to measure an update"
        seconds = (_UPDATE * size.updates * size.batch_size + size.evaluated) * forward
        cost = _without(cost, "no time was left to measure it", "training_bytes")
        return replace(cost, trial_seconds=seconds, notes={**cost.notes, "trial_seconds": note})
    kept = kept_bytes(backbone, _first(batch, 1))
    step = optimiser_seconds(_parameters(backbone))
    # A batch costs more than its examples one by one where it leaves the caches, so as many as can be are taken.
    part = _first(batch, max(1, int(watch.left() / (_UPDATE * forward))))
    taken = _count(part)
    example = update_seconds(backbone, part, watch) / taken
    notes = {} if taken == _count(batch) else {"trial_seconds": f"from an update on {taken} examples"}
    return replace(
        cost,
        training_bytes=_COPIES * cost.weight_bytes + kept * size.batch_size,
        trial_seconds=size.updates * (example * size.batch_size + step) + size.evaluated * example / _UPDATE,
        notes={**cost.notes, **notes},
    )


def _first(batch: Batch, count: int) -> Batch:
    """Return copies: a view would be counted with all that it is a view of."""
    return {name: tensor[:count].clone() for name, tensor in batch.items()}


def _count(batch: Batch) -> int:
    return len(next(iter(batch.values())))


def _parameters(backbone: Backbone) -> list[torch.nn.Parameter]:
    return [weight for block in backbone.blocks() for weight in block.parameters]


def _present(backbone: Backbone) -> list[torch.Tensor]:
    """Return every tensor that the network holds."""
    return [*backbone.parameters(), *backbone.buffers()]


def _examples(dataset: Dataset, rows: Sequence[int] | NDArray[np.int64], most: int) -> list[Example]:
    """Read some rows, spread evenly."""
    given = np.unique(np.asarray(rows, dtype=np.int64))
    places = np.unique(np.linspace(0, len(given) - 1, most).round().astype(np.int64))
    return list(modalities.get(dataset.modality).read(dataset, [int(row) for row in given[places]]))


def _typical(examples: Sequence[Example]) -> Example:
    """Return the text of median length; of images, which all become one size, any."""
    return sorted(examples, key=lambda example: len(example) if isinstance(example, str) else 0)[
        len(examples) // 2
    ]


def _moved(batch: Batch, device: torch.device) -> Batch:
    return {name: tensor.to(device) for name, tensor in batch.items()}


def _without(cost: ModelCost, reason: str, *figures: str) -> ModelCost:
    """Return the cost with the reason why these figures are unknown; those that are known stay."""
    unknown = [name for name in figures if math.isnan(getattr(cost, name))]
    return replace(cost, notes={**cost.notes, **dict.fromkeys(unknown, reason)})


@contextmanager
def _borrowed(backbone: Backbone, device: torch.device, threads: int) -> Iterator[None]:
    """Move the network to the device and set the threads inside the block; give both back afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(max(1, threads))
    backbone.eval().to(device)
    try:
        yield
    finally:
        backbone.to("cpu")
        torch.set_num_threads(before)
