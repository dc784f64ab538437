"""Probing shards as they are read, against the same images held in memory: peak memory and throughput."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
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
    yield "Each row is a process of its own. Asked: memory independent of N, throughput >= 0.85 of in memory."
    yield ""
    yield "| way | images | images per CPU second, process start excluded | peak memory | LogME |"
    yield "|---|---|---|---|---|"
    found = {}
    with tempfile.TemporaryDirectory(prefix="automl-tl-shards-") as folder:
        for images in (_SMALL, count):
            write_parquet_shards(
                Path(folder) / str(images), coloured_images(images), shards=-(-images // _ROWS_PER_SHARD)
            )
        for way in ("memory", "stream"):
            for images in (_SMALL, count):
                answer = one_way(_MODULE, way, Path(folder) / str(images))
                found[way, images] = answer["images"] / answer["cpu"], answer["peak"]
                speed, peak = found[way, images]
                yield f"| {way} | {images} | {speed:.0f} | {peak:.0f} MB | {answer['logme']:.4f} |"
    ratio = found["stream", count][0] / found["memory", count][0]
    grown = found["stream", count][1] - found["stream", _SMALL][1]
    yield ""
    more = found["memory", count][1] - found["memory", _SMALL][1]
    yield f"Streaming reaches {ratio:.2f} of the throughput in memory; {count / _SMALL:g} times the images take"
    yield f"{grown:+.0f} MB of memory ({more:+.0f} MB in memory)."


def main() -> None:
    """Probe one folder of shards in one way and print what it took."""
    way, folder = way_and_folder(_MODULE)
    torch.set_num_threads(1)
    loaded, dataset = LoadedModel(_model(), "0" * 64), load_dataset(folder)
    rows, labels = np.arange(len(dataset)), np.unique(dataset.columns["label"], return_inverse=True)[1]
    began = time.process_time()
    if way == "stream":
        found = probe_statistics(
            loaded.backbone.card, dataset, rows, labels.astype(np.int64), load_model=lambda card: loaded
        )
    else:
        found = _in_memory(loaded.backbone, dataset, rows, labels)
    answer = {"images": found.n, "cpu": time.process_time() - began, "peak": peak_megabytes()}
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
