"""Models and inputs for the explanation benchmark: linear probes on starter models, and on real weights where
given.

``AUTOML_TL_REAL_DATA`` names a directory with ``data/`` and ``weights/``, as for benchmarks/truth.py.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Example
from automl_tl.data.load import load_dataset
from automl_tl.data.modalities.base import modalities
from automl_tl.data.sources.file import open_path
from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.head import fit_linear_head
from automl_tl.probe.extract import embed
from automl_tl.zoo.backbone import Backbone, LoadedModel
from automl_tl.zoo.card import ImageInput
from automl_tl.zoo.local_models import describe_local
from automl_tl.zoo.sources.base import model_sources
from automl_tl.zoo.starter.cards import starter_directory
from automl_tl.zoo.starter.held_out.base import held_out_tasks
from automl_tl.zoo.starter.loading import load_directory

__all__ = ["Subject", "image_subjects", "text_subjects"]

_REAL_DATA = "AUTOML_TL_REAL_DATA"
_TRAIN = 400
_SIDE = 96


@dataclass(frozen=True)
class Subject:
    """A fitted model and inputs that its head has not seen."""

    name: str
    model: FittedModel
    examples: tuple[Example, ...]


def image_subjects(n: int, *, long: bool) -> Iterator[Subject]:
    """Yield a convolutional network and a vision transformer; if ``long`` a real MobileNet too, if given."""
    yield _starter("cells-efficientnet", "unseen cells", n)
    yield _starter("scenes-vit", "photographs", n)
    root = os.environ.get(_REAL_DATA)
    if root and long:
        weights = Path(root) / "weights" / "mobilenetv2_100.coral_in1k.safetensors"
        yield _real(f"MobileNetV2, {_SIDE} px, flowers", weights, Path(root) / "data" / "flowers.zip", n)


def text_subjects(n: int, *, long: bool) -> Iterator[Subject]:
    """Yield a small BERT, then a real MiniLM if there is one: on two data sets and all ``n`` texts if ``long``."""
    yield _starter("documentation-bert", "held-out packages", n)
    root = os.environ.get(_REAL_DATA)
    if root:
        for data in ("tweeteval_emotion", "banking77")[: 2 if long else 1]:
            weights = Path(root) / "weights" / "all-MiniLM-L6-v2"
            yield _real(f"MiniLM, {data}", weights, Path(root) / "data" / f"{data}.csv", n if long else n // 2)


def _starter(name: str, task: str, n: int) -> Subject:
    loaded = load_directory(starter_directory(name))
    data = held_out_tasks.get(task).load()
    model = _fitted(loaded.backbone, data.examples[:_TRAIN], np.asarray(data.labels[:_TRAIN]), data.class_names)
    return Subject(f"{name}, {task}", model, tuple(data.examples[_TRAIN : _TRAIN + n]))


def _real(name: str, weights: Path, source: Path, n: int) -> Subject:
    card = describe_local(weights)
    if isinstance(card.input, ImageInput):
        card = replace(card, input=replace(card.input, size=(_SIDE, _SIDE)))
    loaded: LoadedModel = model_sources.get("local").load(card)
    folder = Path(tempfile.mkdtemp(prefix="automl-tl-explain-"))
    dataset = load_dataset(open_path(source, folder), target="label")
    labels = dataset.columns["label"]
    order = np.random.default_rng(0).permutation(len(dataset))
    names = sorted(set(labels))
    rows = order[: min(_TRAIN * 4, len(order) - n)]
    features = embed(loaded, dataset, rows, batch_size=16, device="cpu").features
    codes = np.array([names.index(labels[row]) for row in rows])
    model = _with_head(loaded.backbone, features, codes, names)
    chosen = [int(row) for row in order[len(rows) : len(rows) + n]]
    examples = tuple(modalities.get(dataset.modality).read(dataset, chosen))
    shutil.rmtree(folder)
    return Subject(name, model, examples)


def _fitted(
    backbone: Backbone, examples: list[Example], labels: NDArray[np.int64], names: tuple[str, ...]
) -> FittedModel:
    blank = fit_linear_head(
        np.zeros((len(names), backbone.embedding_size), np.float32),
        np.arange(len(names)),
        len(names),
        inverse_regularisation=1.0,
        seed=0,
    )
    features = FittedModel(backbone, blank, tuple(names)).embed(list(examples))
    return _with_head(backbone, features, labels, names)


def _with_head(backbone: Backbone, features: NDArray, labels: NDArray, names: list | tuple) -> FittedModel:
    head = fit_linear_head(features, labels, len(names), inverse_regularisation=1.0, seed=0)
    return FittedModel(backbone, head, tuple(names))
