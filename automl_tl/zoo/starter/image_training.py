"""Supervised pretraining of an image network on its source domain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import timm
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from automl_tl.zoo.starter.image_sources.base import Images, image_sources
from automl_tl.zoo.starter.recipes import PretrainRecipe
from automl_tl.zoo.starter.schedule import ScheduledAdamW

__all__ = ["IMAGE_MEAN", "IMAGE_STD", "Progress", "train_image_network"]

Progress = Callable[[int, int, float], None]
"""Called as ``progress(step, steps, loss)`` after every update."""

IMAGE_MEAN = (0.5, 0.5, 0.5)
IMAGE_STD = (0.25, 0.25, 0.25)
_SHIFT = 2


def train_image_network(
    recipe: PretrainRecipe, *, seed: int, steps: int, progress: Progress | None = None
) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Return the trained weights under timm's names, source head included, and the backbone configuration."""
    source = image_sources.get(recipe.source)
    images, labels = source.sample(min(recipe.examples, steps * recipe.batch), seed, size=recipe.size)
    config = {
        "library": "timm",
        "architecture": recipe.architecture,
        "kwargs": dict(recipe.settings),
        "num_classes": len(source.class_names),
    }
    torch.manual_seed(seed)
    network = timm.create_model(
        recipe.architecture, pretrained=False, num_classes=len(source.class_names), **recipe.settings
    )
    _train(network, images, labels, recipe, seed=seed, steps=steps, progress=progress)
    return network.state_dict(), config


def _train(
    network: nn.Module,
    images: Images,
    labels: NDArray[np.int64],
    recipe: PretrainRecipe,
    *,
    seed: int,
    steps: int,
    progress: Progress | None,
) -> None:
    rng = np.random.default_rng(seed)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a third less CPU time
    optimizer = ScheduledAdamW(network, rate=recipe.rate, weight_decay=recipe.weight_decay, steps=steps)
    network.train()
    order = np.empty(0, np.int64)
    for step in range(steps):
        if len(order) < recipe.batch:
            order = np.concatenate([order, rng.permutation(len(labels))])
        rows, order = order[: recipe.batch], order[recipe.batch :]
        logits = network(_pixels(_shifted(images[rows], rng)))
        loss = F.cross_entropy(logits, torch.from_numpy(labels[rows]), label_smoothing=recipe.label_smoothing)
        optimizer.update(loss)
        if progress is not None:
            progress(step + 1, steps, loss.item())


def _shifted(images: Images, rng: np.random.Generator) -> Images:
    """Move every image by up to two pixels a side, repeating its border."""
    size = images.shape[1]
    moves = rng.integers(-_SHIFT, _SHIFT + 1, size=(2, len(images), 1))
    rows, columns = np.clip(np.arange(size) + moves, 0, size - 1)
    return images[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]]


def _pixels(images: Images) -> torch.Tensor:
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    mean, std = torch.tensor(IMAGE_MEAN).view(3, 1, 1), torch.tensor(IMAGE_STD).view(3, 1, 1)
    return (pixels - mean) / std
