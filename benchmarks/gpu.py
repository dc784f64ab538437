"""Probing and training on a GPU: examples per second and the share of what its matrix units can do."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from automl_tl.data.load import load_dataset
from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.loop import train
from automl_tl.finetune.prepared import PreparedInputs
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.base import strategies
from automl_tl.finetune.training_data import TrainingData
from automl_tl.probe.extract import embed
from automl_tl.probe.precision import BFLOAT16
from automl_tl.testing.shards import coloured_images, write_parquet_shards
from automl_tl.zoo.backbone import Backbone, LoadedModel
from automl_tl.zoo.card import ImageInput, ModelCard
from automl_tl.zoo.timm_backbone import TimmBackbone

__all__ = ["lines"]

_MODELS = ("resnet50", "vit_base_patch16_224", "convnext_tiny")
_SIZE, _CLASSES = 224, 10
_PROBED, _BATCH, _UPDATES, _REPEATS = 2048, 64, 30, 3
_SIDE = 8192


def lines() -> Iterator[str]:
    """Yield the figures, or one line that says that there is no GPU."""
    if not torch.cuda.is_available():
        yield "No GPU here: nothing was measured."
        return
    device = torch.device("cuda")
    peak = _peak(device)
    yield f"{torch.cuda.get_device_name(0)}, random weights, images of {_SIZE} pixels. Peak: products of two"
    yield f"bfloat16 matrices of {_SIDE} x {_SIDE}, {peak / 1e12:.0f} TFLOP/s. Probing reads PNG files of 32"
    yield f"pixels and enlarges them; training takes {_UPDATES} updates of {_BATCH} images, prepared beforehand."
    yield "Network alone: the forward pass over a batch that lies on the GPU. Medians of three runs."
    yield ""
    yield "| model | probing, images/s | network alone, images/s | share of peak | training, images/s | of peak |"
    yield "|---|---|---|---|---|---|"
    for name in _MODELS:
        yield _row(name, device, peak)


def _row(name: str, device: torch.device, peak: float) -> str:
    card = ModelCard("local", name, "image", name, "", ImageInput((_SIZE, _SIZE)))
    backbone = TimmBackbone(card, {"architecture": name})
    probing = _probing(LoadedModel(backbone, "0" * 64), device)
    flops = _forward_flops(backbone)
    alone = _network_alone(backbone, device)
    training = _UPDATES * _BATCH / _seconds(_training(backbone, device))
    return (
        f"| {name} | {probing:.0f} | {alone:.0f} | {100 * alone * flops / peak:.0f} % | {training:.0f} "
        f"| {100 * 3 * training * flops / peak:.0f} % |"
    )


def _probing(loaded: LoadedModel, device: torch.device) -> float:
    """Return the images per second of an embedding that reads them from shards."""
    with tempfile.TemporaryDirectory(prefix="automl-tl-gpu-") as folder:
        write_parquet_shards(Path(folder), coloured_images(_PROBED), shards=2)
        dataset = load_dataset(Path(folder))

        def probe() -> None:
            embed(loaded, dataset, range(_PROBED), device=device.type, precision=BFLOAT16)

        return _PROBED / _seconds(probe)


def _peak(device: torch.device) -> float:
    """Return the floating-point operations per second of a large product."""
    left, right = (torch.randn(_SIDE, _SIDE, device=device, dtype=torch.bfloat16) for _ in range(2))

    def multiply() -> None:
        for _ in range(20):
            left @ right

    return 20 * 2 * _SIDE**3 / _seconds(multiply)


def _forward_flops(backbone: Backbone) -> float:
    """Return the floating-point operations of one image; a step of training takes three times as many."""
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        backbone.eval()({"pixels": torch.zeros(1, 3, _SIZE, _SIZE)})
    return float(counter.get_total_flops())


def _network_alone(backbone: Backbone, device: torch.device) -> float:
    pixels = torch.randn(_BATCH, 3, _SIZE, _SIZE, device=device)
    batch = {"pixels": pixels.contiguous(memory_format=torch.channels_last)}
    backbone.eval().to(device).to(memory_format=torch.channels_last)

    def forward() -> None:
        with torch.inference_mode(), torch.autocast("cuda", dtype=torch.bfloat16):
            for _ in range(20):
                backbone(batch)

    found = 20 * _BATCH / _seconds(forward)
    backbone.to("cpu").to(memory_format=torch.contiguous_format)
    return found


def _training(backbone: Backbone, device: torch.device) -> Callable[[], None]:
    """Return what takes some updates, with its images prepared."""
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (_SIZE, _SIZE, 3), dtype=np.uint8) for _ in range(2 * _BATCH)]
    recipe = Recipe("full_finetune", batch_size=_BATCH, updates=_UPDATES, learning_rate=1e-5, warmup=0.0)
    classifier = Classifier(backbone, random_head(_CLASSES, backbone.embedding_size, seed=0)).to(device)
    data = TrainingData(
        PreparedInputs(backbone, images, device),
        np.arange(len(images)) % _CLASSES,
        np.ones(_CLASSES, dtype=np.float32),
    )
    groups = strategies.get(recipe.strategy).parameter_groups(classifier, recipe)

    def updates() -> None:
        for _ in train(
            classifier,
            groups,
            data,
            recipe,
            seed=0,
            device=device,
            freeze_statistics=False,
            out_of_time=lambda: False,
        ):
            pass

    return updates


def _seconds(work: Callable[[], object]) -> float:
    """Return the median time of some runs, everything that was queued on the GPU included."""
    times = []
    for _ in range(_REPEATS + 1):
        torch.cuda.synchronize()
        began = time.perf_counter()
        work()
        torch.cuda.synchronize()
        times.append(time.perf_counter() - began)
    return median(times[1:])


if __name__ == "__main__":
    print("\n".join(lines()))
