"""Probing throughput against a bare loop of forward passes of the same network over prepared batches."""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import torch
from PIL import Image
from transformers import BertConfig

from automl_tl.data.dataset import Dataset
from automl_tl.data.load import load_dataset
from automl_tl.data.modalities.base import modalities
from automl_tl.probe.extract import embed, embed_layers
from automl_tl.probe.precision import FLOAT32, choose_precision, computing_in
from automl_tl.testing.tiny_models import TINY_WORDS, tiny_tokenizer
from automl_tl.zoo.backbone import Backbone, Batch, LoadedModel
from automl_tl.zoo.card import ImageInput, ModelCard, TextInput
from automl_tl.zoo.timm_backbone import TimmBackbone
from automl_tl.zoo.transformers_backbone import TransformersBackbone

__all__ = ["lines"]

_IMAGES, _TEXTS = 64, 128
_BATCH = 16
_REPEATS = 5
_CPU = torch.device("cpu")


@dataclass(frozen=True)
class Seconds:
    """What one way of computing took."""

    cpu: float
    wall: float


def lines() -> Iterator[str]:
    """Yield the rows of the table."""
    yield f"{_IMAGES} JPEG photographs of 500 x 375 pixels, embedded at 224; {_TEXTS} texts of 3 to 126 words."
    yield f"Random weights, batches of {_BATCH}; one thread computes, our path reads and prepares in another."
    yield "The bare loop gets the same batches in the same order, prepared beforehand. Net: its CPU seconds over"
    yield "ours without those of reading and preparing; asked >= 0.9. All layers: CPU seconds of embedding by"
    yield f"every choice of layers at once, divided by ours. Medians of {_REPEATS} interleaved runs."
    yield ""
    yield "| model | precision | bare, examples per CPU s | ours | preparing, CPU ms | net | wall | all layers |"
    yield "|---|---|---|---|---|---|---|---|"
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with tempfile.TemporaryDirectory() as folder:
            images, texts = _images(Path(folder) / "images"), _texts(Path(folder) / "texts")
            for name in ("mobilenetv2_100", "resnet18", "vit_tiny_patch16_224"):
                yield from _rows(name, _image_model(name), images)
            yield from _rows("BERT, 6 layers of 384", _text_model(), texts)
            yield ""
            yield _value_of_sorting(_text_model(), texts)
    finally:
        torch.set_num_threads(threads)


def _rows(name: str, backbone: Backbone, dataset: Dataset) -> Iterator[str]:
    fast = choose_precision("auto", backbone, _CPU)
    for precision in dict.fromkeys((FLOAT32, fast)):
        yield _row(name, LoadedModel(backbone, "0" * 64), dataset, precision)


def _row(name: str, loaded: LoadedModel, dataset: Dataset, precision: str) -> str:
    backbone, rows = loaded.backbone, range(len(dataset))
    batches = _prepared(backbone, dataset, _reading_order(dataset))

    def ours(layers: Sequence[str]) -> None:
        embed_layers(loaded, dataset, rows, layers=layers, batch_size=_BATCH, device="cpu", precision=precision)

    found = _interleaved(
        {
            "bare": lambda: _bare(backbone, batches, precision),
            "preparing": lambda: _prepared(backbone, dataset, _reading_order(dataset)),
            "ours": lambda: _ours(loaded, dataset, precision),
            "all": lambda: ours(backbone.layer_choices),
        }
    )
    bare, preparing, one, every = (found[key] for key in ("bare", "preparing", "ours", "all"))
    net = median(b.cpu / (o.cpu - p.cpu) for b, o, p in zip(bare, one, preparing, strict=True))
    wall = median(b.wall / o.wall for b, o in zip(bare, one, strict=True))
    layers = median(e.cpu / o.cpu for e, o in zip(every, one, strict=True))
    each = 1000 * median(p.cpu for p in preparing) / len(dataset)
    speeds = [len(dataset) / median(each.cpu for each in way) for way in (bare, one)]
    return (
        f"| {name} | {precision} | {speeds[0]:.1f} | {speeds[1]:.1f} | {each:.2f} | {net:.2f} | {wall:.2f} "
        f"| {layers:.2f} |"
    )


def _value_of_sorting(backbone: Backbone, dataset: Dataset) -> str:
    """Say what reading texts by length is worth."""
    given = _prepared(backbone, dataset, np.arange(len(dataset)))
    found = _interleaved(
        {
            "naive": lambda: _bare(backbone, given, FLOAT32),
            "ours": lambda: _ours(LoadedModel(backbone, "0" * 64), dataset, FLOAT32),
        }
    )
    times = median(n.cpu / o.cpu for n, o in zip(found["naive"], found["ours"], strict=True))
    return f"A bare loop over the texts as they stand takes {times:.2f} times our CPU seconds, in float32."


def _ours(loaded: LoadedModel, dataset: Dataset, precision: str) -> None:
    embed(loaded, dataset, range(len(dataset)), batch_size=_BATCH, device="cpu", precision=precision)


def _bare(backbone: Backbone, batches: Sequence[Batch], precision: str) -> None:
    backbone.eval().to(memory_format=torch.channels_last)
    with torch.inference_mode(), computing_in(precision, _CPU):
        for batch in batches:
            backbone(batch).float().numpy()


def _prepared(backbone: Backbone, dataset: Dataset, order: np.ndarray) -> list[Batch]:
    reader = modalities.get(dataset.modality)
    chunks = (order[start : start + _BATCH] for start in range(0, len(order), _BATCH))
    batches = [backbone.preprocess(reader.read(dataset, [int(row) for row in chunk])) for chunk in chunks]
    return [{name: _laid_out(tensor) for name, tensor in batch.items()} for batch in batches]


def _laid_out(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor


def _reading_order(dataset: Dataset) -> np.ndarray:
    by_length = [len(each) if dataset.modality == "text" else 0 for each in dataset.inputs]
    return np.argsort(by_length, kind="stable")


def _interleaved(ways: Mapping[str, Callable[[], object]]) -> dict[str, list[Seconds]]:
    """Run every way once to warm up, then in turns, and return what each run took."""
    found: dict[str, list[Seconds]] = {name: [] for name in ways}
    for repeat in range(_REPEATS + 1):
        for name, way in ways.items():
            cpu, wall = time.process_time(), time.perf_counter()
            way()
            if repeat:
                found[name].append(Seconds(time.process_time() - cpu, time.perf_counter() - wall))
    return found


def _image_model(architecture: str) -> Backbone:
    card = ModelCard("local", architecture, "image", architecture, "", ImageInput((224, 224)))
    return TimmBackbone(card, {"architecture": architecture})


def _text_model() -> Backbone:
    card = ModelCard("local", "bert", "text", "bert", "", TextInput(128))
    shape = BertConfig(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536)
    return TransformersBackbone(card, {"config": shape.to_dict()}, tiny_tokenizer(max_length=128))


def _images(folder: Path) -> Dataset:
    rng = np.random.default_rng(0)
    for number in range(_IMAGES):
        place = folder / "ab"[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        coarse = Image.fromarray(rng.integers(0, 256, (30, 40, 3), dtype=np.uint8))
        coarse.resize((500, 375), Image.Resampling.BICUBIC).save(place / f"{number}.jpg", quality=90)
    return load_dataset(folder, target="label")


def _texts(folder: Path) -> Dataset:
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True)
    lengths = np.clip(rng.lognormal(3.2, 0.7, _TEXTS).astype(int), 3, 126)
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["text", "label"])
        for number, length in enumerate(lengths):
            table.writerow([" ".join(rng.choice(TINY_WORDS[:20], length)), "ab"[number % 2]])
    return load_dataset(folder, target="label")
