"""Training throughput against a bare PyTorch loop of the same steps over prepared batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from transformers import BertConfig

from automl_tl.data.dataset import Example
from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.loop import train
from automl_tl.finetune.mixed_precision import training_dtype
from automl_tl.finetune.prepared import PreparedInputs
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.base import strategies
from automl_tl.finetune.training_data import TrainingData, sample_batches
from automl_tl.testing.tiny_models import TINY_WORDS, tiny_tokenizer
from automl_tl.zoo.backbone import Backbone, Batch
from automl_tl.zoo.card import ImageInput, ModelCard, TextInput
from automl_tl.zoo.timm_backbone import TimmBackbone
from automl_tl.zoo.transformers_backbone import TransformersBackbone

__all__ = ["lines"]

_EXAMPLES, _CLASSES = 64, 10
_BATCH, _UPDATES = 16, 3
_REPEATS = 3
_SIZE = 96
_CPU = torch.device("cpu")
_RECIPE = Recipe("full_finetune", batch_size=_BATCH, updates=_UPDATES, learning_rate=1e-4, warmup=0.0)


@dataclass(frozen=True)
class Seconds:
    """What one way of training took."""

    cpu: float
    wall: float


def lines() -> Iterator[str]:
    """Yield the rows of the table."""
    yield f"Full fine-tuning, {_UPDATES} updates of {_BATCH} examples: images of {_SIZE} pixels, texts of 3 to"
    yield "126 words. Random weights, one thread. The bare loop takes the same steps (AdamW, clipped gradients,"
    yield "the same precision and memory layout) over the same batches, prepared beforehand; ours tokenises, sets"
    yield "rates and watches clock and loss. Ratio: bare CPU seconds over ours; asked >= 0.9. Light: the ratio"
    yield f"with light augmentation of images. Medians of {_REPEATS} interleaved runs."
    yield ""
    yield "| model | precision | bare, examples per CPU s | ours | ratio | ratio of wall time | light |"
    yield "|---|---|---|---|---|---|---|"
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        rng = np.random.default_rng(0)
        images = [rng.integers(0, 256, (_SIZE, _SIZE, 3), dtype=np.uint8) for _ in range(_EXAMPLES)]
        lengths = np.clip(rng.lognormal(3.2, 0.7, _EXAMPLES).astype(int), 3, 126)
        texts = [" ".join(rng.choice(TINY_WORDS[:20], length)) for length in lengths]
        for name in ("mobilenetv2_100", "resnet18", "vit_tiny_patch16_224"):
            yield _row(name, _image_model(name), images)
        yield _row("BERT, 6 layers of 384", _text_model(), texts)
    finally:
        torch.set_num_threads(threads)


def _row(name: str, backbone: Backbone, examples: Sequence[Example]) -> str:
    classifier = Classifier(backbone, random_head(_CLASSES, backbone.embedding_size, seed=0))
    labels = np.arange(_EXAMPLES, dtype=np.int64) % _CLASSES
    data = TrainingData(PreparedInputs(backbone, examples, _CPU), labels, np.ones(_CLASSES, dtype=np.float32))
    dtype = training_dtype(backbone, _CPU)
    drawn = sample_batches(_EXAMPLES, _BATCH, 0)
    batches = [
        (data.inputs.batch(rows), torch.from_numpy(labels[rows]))
        for rows, _ in zip(drawn, range(_UPDATES), strict=False)
    ]
    found = _interleaved(
        {
            "bare": lambda: _bare(classifier, batches, dtype),
            "ours": lambda: _ours(classifier, data, "none"),
            "light": lambda: _ours(classifier, data, "light"),
        }
    )
    bare, ours = found["bare"], found["ours"]
    speeds = [_UPDATES * _BATCH / median(each.cpu for each in way) for way in (bare, ours)]
    cpu, wall, light = (
        median(part(b) / part(o) for b, o in zip(bare, way, strict=True))
        for way, part in ((ours, _cpu), (ours, _wall), (found["light"], _cpu))
    )
    precision = str(dtype).removeprefix("torch.")
    return f"| {name} | {precision} | {speeds[0]:.1f} | {speeds[1]:.1f} | {cpu:.2f} | {wall:.2f} | {light:.2f} |"


def _cpu(seconds: Seconds) -> float:
    return seconds.cpu


def _wall(seconds: Seconds) -> float:
    return seconds.wall


def _ours(classifier: Classifier, data: TrainingData, augment: str) -> None:
    recipe = Recipe.from_parameters(_RECIPE.strategy, {**_RECIPE.parameters(), "augment": augment})
    steps = train(
        classifier,
        strategies.get(recipe.strategy).parameter_groups(classifier, recipe),
        data,
        recipe,
        seed=0,
        device=_CPU,
        freeze_statistics=True,
        out_of_time=lambda: False,
    )
    for _ in steps:
        pass


def _bare(classifier: Classifier, batches: Sequence[tuple[Batch, torch.Tensor]], dtype: torch.dtype) -> None:
    model: Any = classifier.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    for module in model.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.eval()
    parameters = list(model.parameters())
    optimiser = torch.optim.AdamW(parameters, lr=_RECIPE.learning_rate, fused=True)
    for batch, labels in batches:
        laid_out = {name: _laid_out(tensor) for name, tensor in batch.items()}
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype is torch.bfloat16):
            logits = model(laid_out)
        loss = F.cross_entropy(logits.float(), labels)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()


def _laid_out(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor


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
    card = ModelCard("local", architecture, "image", architecture, "", ImageInput((_SIZE, _SIZE)))
    kwargs = {"img_size": _SIZE} if architecture.startswith("vit") else {}
    return TimmBackbone(card, {"architecture": architecture, "kwargs": kwargs})


def _text_model() -> Backbone:
    card = ModelCard("local", "bert", "text", "bert", "", TextInput(128))
    shape = BertConfig(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536)
    return TransformersBackbone(card, {"config": shape.to_dict()}, tiny_tokenizer(max_length=128))
