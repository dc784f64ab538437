"""What an explanation costs over its forward passes, and what bfloat16 saves."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import torch
from transformers import BertConfig

from automl_tl.explain.cases import Case
from automl_tl.explain.explainer import explain_one
from automl_tl.explain.subject import Subject as Ready
from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.workload import LinearHead
from automl_tl.probe.precision import BFLOAT16, computing_in, multiplies_bfloat16
from automl_tl.testing.tiny_models import TINY_WORDS, tiny_tokenizer
from automl_tl.zoo.backbone import Backbone
from automl_tl.zoo.card import ImageInput, ModelCard, TextInput
from automl_tl.zoo.timm_backbone import TimmBackbone
from automl_tl.zoo.transformers_backbone import TransformersBackbone

__all__ = ["matrix_tiles", "speed_lines"]

_REPEATS = 2
_BATCH = 64
_IMAGES = ("vit_tiny_patch16_224", "resnet18", "mobilenetv2_100")


@dataclass(frozen=True)
class _Seconds:
    explaining: float
    forward: float
    evaluations: int


def matrix_tiles() -> str:
    """Return whether this machine's CPU multiplies bfloat16 matrices in tiles, as the end of a sentence."""
    return "matrix tiles" if multiplies_bfloat16(torch.device("cpu")) else "no matrix tiles"


def speed_lines() -> Iterator[str]:
    """Yield the rows of the table."""
    yield "Random weights, pictures of 224 px, a text of 60 words; one thread, CPU seconds, medians of interleaved"
    yield f"runs. Overhead: an explanation without checks over its evaluations in plain batches of {_BATCH} at"
    yield "the same precision, asked <= 1.15. bfloat16: explanations in it over those in float32, asked <= 0.6"
    yield f"where the CPU has matrix tiles; this one has {matrix_tiles()}. Used: whether that precision answers"
    yield "nearly alike, so that it is taken."
    yield ""
    yield "| model | evaluations | float32 s | overhead | bfloat16 s | overhead | bfloat16 over float32 | used |"
    yield "|---|---|---|---|---|---|---|---|"
    for name in _IMAGES:
        yield _row(name, _image_model(name), _picture())
    yield _row(
        "BERT, 6 layers of 384", _text_model(), " ".join(np.random.default_rng(0).choice(TINY_WORDS[:20], 60))
    )


def _row(name: str, backbone: Backbone, example: Any) -> str:
    model = FittedModel(backbone, _head(backbone), ("a", "b", "c"))
    measured = _interleaved(model, example)
    slow, fast = measured["float32"], measured.get(BFLOAT16)
    cells = [f"{slow.evaluations}", f"{slow.explaining:.2f}", f"{_overhead(slow):.2f}"]
    if fast is None:
        return f"| {name} | {' | '.join(cells)} | - | - | - | no |"
    used = explain_one(model, Case(0, "", example, ""), check=False, compare=False).precision
    cells += [f"{fast.explaining:.2f}", f"{_overhead(fast):.2f}", f"{fast.explaining / slow.explaining:.2f}"]
    return f"| {name} | {' | '.join(cells)} | {'yes' if used == BFLOAT16 else 'no'} |"


def _overhead(seconds: _Seconds) -> float:
    return seconds.explaining / seconds.forward


def _interleaved(model: FittedModel, example: Any) -> dict[str, _Seconds]:
    precisions = ["float32", *([BFLOAT16] if Ready(model).fast is not None else [])]
    found: Mapping[str, list[_Seconds]] = {precision: [] for precision in precisions}
    for repeat in range(_REPEATS + 1):
        for precision in precisions:
            seconds = _once(model, example, precision)
            if repeat:
                found[precision].append(seconds)
    return {
        precision: _Seconds(
            median(each.explaining for each in runs), median(each.forward for each in runs), runs[0].evaluations
        )
        for precision, runs in found.items()
    }


def _once(model: FittedModel, example: Any, precision: str) -> _Seconds:
    """Explain once at this precision whatever it does to the answers, and pass plain batches through."""
    from automl_tl.explain import subject, work

    chosen, limits = subject.Subject.fast, dict(work.ADDITIVITY_LIMITS)
    if precision != BFLOAT16:
        subject.Subject.fast = None  # type: ignore[assignment, method-assign]
    work.ADDITIVITY_LIMITS[BFLOAT16] = float("inf")
    try:
        began = time.process_time()
        found = explain_one(model, Case(0, "", example, ""), check=False, compare=False, batch_size=_BATCH)
        explaining = time.process_time() - began
    finally:
        subject.Subject.fast = chosen  # type: ignore[method-assign]
        work.ADDITIVITY_LIMITS.update(limits)
    return _Seconds(explaining, _plain(model, example, precision, found.evaluations), found.evaluations)


def _plain(model: FittedModel, example: Any, precision: str, evaluations: int) -> float:
    """Return the CPU seconds of as many rows in plain batches."""
    one = model.backbone.preprocess([example])
    batch = {
        name: values.expand(_BATCH, *values.shape[1:]).contiguous(
            memory_format=torch.channels_last if values.ndim == 4 else torch.contiguous_format
        )
        for name, values in one.items()
    }
    began = time.process_time()
    with torch.inference_mode(), computing_in(precision, torch.device("cpu")):
        for start in range(0, evaluations, _BATCH):
            rows = min(_BATCH, evaluations - start)
            model.backbone({name: values[:rows] for name, values in batch.items()})
    return time.process_time() - began


def _head(backbone: Backbone) -> LinearHead:
    weight = np.random.default_rng(0).normal(size=(3, backbone.embedding_size)).astype(np.float32)
    return LinearHead(weight, np.zeros(3, dtype=np.float32))


def _image_model(architecture: str) -> Backbone:
    card = ModelCard("local", architecture, "image", architecture, "", ImageInput((224, 224)))
    return TimmBackbone(card, {"architecture": architecture}).eval()


def _text_model() -> Backbone:
    card = ModelCard("local", "bert", "text", "bert", "", TextInput(128))
    shape = BertConfig(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536)
    return TransformersBackbone(card, {"config": shape.to_dict()}, tiny_tokenizer(max_length=128)).eval()


def _picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (224, 224, 3)).astype(np.uint8)
