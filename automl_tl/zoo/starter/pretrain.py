"""Reproduce a starter model from nothing but its recipe and a seed."""

from __future__ import annotations

import dataclasses
import json
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Example
from automl_tl.directories import make_directory
from automl_tl.one_thread import on_one_thread
from automl_tl.zoo.build import backbone_from_config
from automl_tl.zoo.card import ImageInput, ModelCard, TextInput
from automl_tl.zoo.card_json import card_to_json
from automl_tl.zoo.fingerprints import make_fingerprint, write_fingerprint
from automl_tl.zoo.starter.cards import CARD_FILE, SOURCE_NAME
from automl_tl.zoo.starter.fingerprint import embed_examples
from automl_tl.zoo.starter.image_sources.base import ImageSource, image_sources
from automl_tl.zoo.starter.image_training import IMAGE_MEAN, IMAGE_STD, Progress, train_image_network
from automl_tl.zoo.starter.loading import FINGERPRINT_FILE, WEIGHTS_FILE
from automl_tl.zoo.starter.model_card import MODEL_CARD_FILE, model_card_text
from automl_tl.zoo.starter.recipes import PretrainRecipe, recipe
from automl_tl.zoo.starter.text_sources.base import TextSource, text_sources
from automl_tl.zoo.starter.text_sources.standard_library import HELD_OUT_PACKAGES
from automl_tl.zoo.starter.text_training import train_text_network
from automl_tl.zoo.weights import read_weights, write_weights

__all__ = ["fresh_examples", "pretrain"]

_FRESH = 2000
_FRESH_SEED = 1_000_000
"""Distance between the seed of training and that of the examples for accuracy and fingerprint."""


def pretrain(
    name: str, directory: Path, *, seed: int = 0, steps: int | None = None, progress: Progress | None = None
) -> Path:
    """Train the starter model ``name`` and write it to ``directory / name``.

    Parameters
    ----------
    name
        Key of ``RECIPES``.
    directory
        Made if missing; files of an earlier run are replaced.
    seed
        Decides the examples, the first weights and the order.
    steps
        Updates, >= 1; None for those of the recipe.
    progress
        Called as ``progress(step, steps, loss)`` after every update.

    Returns
    -------
    ``directory / name`` with card.json, model.safetensors (half precision), fingerprint.safetensors,
    MODEL_CARD.md and, for text, tokenizer.json.

    Raises
    ------
    NotFound
        If there is no recipe of that name.
    InvalidInput
        If the directory cannot be made.
    """
    plan = recipe(name)
    target = make_directory(Path(directory) / name)
    # On one thread the same seed gives the same bytes however many cores a machine has, and small batches gain
    # nothing from more.
    with on_one_thread():
        return _pretrain(plan, target, seed, steps or plan.steps, progress)


def _pretrain(plan: PretrainRecipe, target: Path, seed: int, steps: int, progress: Progress | None) -> Path:
    config = _train(plan, target, seed, steps, progress)
    weights = read_weights(target / WEIGHTS_FILE)
    backbone = backbone_from_config(_card(plan), config, target)
    backbone.load_native_state_dict(weights.tensors)  # type: ignore[operator]
    examples, labels = fresh_examples(plan, seed)
    embeddings, decisions = embed_examples(backbone, examples)
    write_fingerprint(make_fingerprint(embeddings, labels, seed=seed), target / FINGERPRINT_FILE)
    accuracy = round(float(np.mean(decisions == labels)), 4)
    card = dataclasses.replace(backbone.card, revision=weights.digest, prior={"source_accuracy": accuracy})
    record = {
        **card_to_json(card),
        "config": config,
        "recipe": dataclasses.asdict(dataclasses.replace(plan, steps=steps)),
        "seed": seed,
        "source_accuracy": accuracy,
        "data": _data(plan, seed),
        "weights_digest": weights.digest,
    }
    (target / CARD_FILE).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    (target / MODEL_CARD_FILE).write_text(model_card_text(record), encoding="utf-8")
    return target


def _train(plan: PretrainRecipe, target: Path, seed: int, steps: int, progress: Progress | None) -> dict[str, Any]:
    if plan.modality == "image":
        state, config = train_image_network(plan, seed=seed, steps=steps, progress=progress)
    else:
        state, config, tokenizer = train_text_network(plan, seed=seed, steps=steps, progress=progress)
        tokenizer.save(str(target / "tokenizer.json"), pretty=False)
    write_weights(state, target / WEIGHTS_FILE, half=True)
    return config


def _source(plan: PretrainRecipe) -> ImageSource | TextSource:
    return image_sources.get(plan.source) if plan.modality == "image" else text_sources.get(plan.source)


def fresh_examples(plan: PretrainRecipe, seed: int) -> tuple[Sequence[Example], NDArray[np.int64]]:
    """Return 2,000 source examples that training with this seed never saw, and their labels (2000,)."""
    source = _source(plan)
    if isinstance(source, ImageSource):
        images, labels = source.sample(_FRESH, seed + _FRESH_SEED, size=plan.size)
        return list(images), labels
    return source.sample(_FRESH, seed + _FRESH_SEED, fresh=True)


def _card(plan: PretrainRecipe) -> ModelCard:
    return ModelCard(
        source=SOURCE_NAME,
        model=plan.name,
        modality=plan.modality,
        architecture=plan.architecture,
        family=plan.family,
        input=_input(plan),
        licence="Apache-2.0",
        domain=plan.source,
        description=f"Small {plan.family} pretrained by this project on {_source(plan).description}.",
    )


def _input(plan: PretrainRecipe) -> ImageInput | TextInput:
    if plan.modality == "image":
        return ImageInput(size=(plan.size, plan.size), mean=IMAGE_MEAN, std=IMAGE_STD)
    return TextInput(max_length=plan.max_length, pooling="mean")


def _data(plan: PretrainRecipe, seed: int) -> dict[str, Any]:
    source = _source(plan)
    data: dict[str, Any] = {
        "source": source.name,
        "description": source.description,
        "classes": list(source.class_names),
        "examples": plan.examples,
        "seed": seed,
        "fresh_examples": _FRESH,
        "fresh_seed": seed + _FRESH_SEED,
        "origin": "generated by automl_tl.zoo.starter; no network, no third-party data set",
    }
    if plan.modality == "text":
        data["python"] = platform.python_version()
        data["held_out_packages"] = list(HELD_OUT_PACKAGES)
    return data
