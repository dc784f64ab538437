"""Probing shards as they are read, against the same images held in memory: peak memory and throughput."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.data.dataset import Dataset
from automl_tl.data.load import load_dataset
from automl_tl.data.modalities.base import modalities
from automl_tl.pipeline.probing.statistics import probe_statistics
from automl_tl.testing.shards import coloured_images, write_parquet_shards
from automl_tl.transferability.statistics import (
    SufficientStatistics,
    score_statistics,
    sufficient_statistics,
)
from automl_tl.zoo.backbone import Backbone, LoadedModel
from automl_tl.zoo.card import ImageInput, ModelCard
from automl_tl.zoo.timm_backbone import TimmBackbone
from benchmarks.measure import one_way, way_and_folder
from benchmarks.memory import peak_megabytes

__all__ = ["lines", "long_lines"]

_MODULE = "benchmarks.streaming"
_SMALL, _SHORT, _LONG = 10_000, 30_000, 100_000
_ROWS_PER_SHARD = 5_000
_BATCH = 64
_ROUNDS = 3
"""Both ways of the larger data set in turn, so many times."""
_KWARGS = {"layers": [1, 1, 1, 1], "channels": [16, 32, 64, 128], "stem_width": 16}


def lines() -> Iterator[str]:
    """Yield the figures of a smaller data set."""
    yield from _lines(_SHORT)


def long_lines() -> Iterator[str]:
    """Yield the figures of 100,000 images."""
    yield from _lines(_LONG)


def _lines(count: int) -> Iterator[str]:
    yield f"PNG images of 32 pixels in Parquet shards of {_ROWS_PER_SHARD} rows, a small residual network, one"
    yield "thread. In memory: all images are decoded, then embedded, then the statistics are made of all"
    yield "embeddings. By streaming, as jobs do it: rows are read from the shards, decoded and embedded part by"
    yield "part, of which sums stay. Both have looked through the shards before. LogME is that of the statistics."
    yield "Each run is a process of its own, held to one processor, although streaming reads in a second thread:"
    yield "its CPU seconds on two processors varied with what else the machine did (0.75 to 0.99 were seen)."
    yield f"Of {count} images medians of {_ROUNDS} runs of both ways in turn. Asked: memory independent of N,"
    yield "throughput >= 0.85 of in memory."
    yield ""
    yield "| way | images | images per CPU second, process start excluded | peak memory | LogME |"
    yield "|---|---|---|---|---|"
    with tempfile.TemporaryDirectory(prefix="automl-tl-shards-") as name:
        folders = {images: Path(name) / str(images) for images in (_SMALL, count)}
        for images, folder in folders.items():
            write_parquet_shards(folder, coloured_images(images), shards=-(-images // _ROWS_PER_SHARD))
        with _one_processor():
            few = _both_ways(folders[_SMALL])
            yield from _rows(_SMALL, [few])
            rounds = [_both_ways(folders[count]) for _ in range(_ROUNDS)]
            yield from _rows(count, rounds)
        free = _both_ways(folders[count])
    each = [one["memory"]["cpu"] / one["stream"]["cpu"] for one in rounds]
    grown, in_memory = (max(one[way]["peak"] for one in rounds) - few[way]["peak"] for way in ("stream", "memory"))
    yield ""
    yield f"Streaming reaches {statistics.median(each):.2f} of the throughput in memory, run by run"
    yield f"{', '.join(f'{ratio:.2f}' for ratio in each)}; {count / _SMALL:g} times the images take"
    yield f"{grown:+.0f} MB of memory ({in_memory:+.0f} MB in memory)."
    yield "With all processors of this machine, one run each:"
    walls = (f"{free[way]['images'] / free[way]['wall']:.0f}" for way in ("stream", "memory"))
    yield "{} images per second of wall time by streaming, {} in memory.".format(*walls)
    both = free["memory"]["cpu"] / free["stream"]["cpu"]
    yield f"Counted in CPU seconds of both processors streaming has {both:.2f} of the throughput there."


def _both_ways(folder: Path) -> dict[str, dict[str, float]]:
    return {way: one_way(_MODULE, way, folder) for way in ("memory", "stream")}


def _rows(images: int, rounds: Sequence[dict[str, dict[str, float]]]) -> Iterator[str]:
    for way in ("memory", "stream"):
        speed = statistics.median(one[way]["images"] / one[way]["cpu"] for one in rounds)
        peak = max(one[way]["peak"] for one in rounds)
        yield f"| {way} | {images} | {speed:.0f} | {peak:.0f} MB | {rounds[0][way]['logme']:.4f} |"


@contextmanager
def _one_processor() -> Iterator[None]:
    """Hold this process, and those that it starts, to one processor inside the block."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def main() -> None:
    """Probe one folder of shards in one way and print what it took."""
    way, folder = way_and_folder(_MODULE)
    torch.set_num_threads(1)
    loaded, dataset = LoadedModel(_model(), "0" * 64), load_dataset(folder)
    rows, labels = np.arange(len(dataset)), np.unique(dataset.columns["label"], return_inverse=True)[1]
    began, started = time.process_time(), time.monotonic()
    if way == "stream":
        found = probe_statistics(
            loaded.backbone.card, dataset, rows, labels.astype(np.int64), load_model=lambda card: loaded
        )
    else:
        found = _in_memory(loaded.backbone, dataset, rows, labels)
    cpu, wall = time.process_time() - began, time.monotonic() - started
    answer = {"images": found.n, "cpu": cpu, "wall": wall, "peak": peak_megabytes()}
    print(json.dumps({**answer, "logme": score_statistics("logme", found).value}))


def _in_memory(
    backbone: Backbone, dataset: Dataset, rows: NDArray[np.int64], labels: NDArray[np.int64]
) -> SufficientStatistics:
    """Return the statistics by a bare loop over images that are all there."""
    images = modalities.get("image").read(dataset, rows)
    backbone.eval().to(memory_format=torch.channels_last)
    features = []
    with torch.inference_mode():
        for start in range(0, len(images), _BATCH):
            batch = backbone.preprocess(images[start : start + _BATCH])
            laid_out = {name: each.contiguous(memory_format=torch.channels_last) for name, each in batch.items()}
            features.append(backbone(laid_out).numpy())
    return sufficient_statistics(np.concatenate(features), labels)


def _model() -> TimmBackbone:
    torch.manual_seed(0)
    card = ModelCard("local", "small", "image", "resnet18", "resnet", ImageInput((32, 32)))
    return TimmBackbone(card, {"architecture": "resnet18", "kwargs": _KWARGS})


if __name__ == "__main__":
    main()
