"""The classifier with which a run starts: the pretrained backbone and the head that the recipe asks for."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.errors import TrialFailed
from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.device import autocast, choose_device
from automl_tl.finetune.head2toe import head2toe
from automl_tl.finetune.prepared import PreparedInputs
from automl_tl.finetune.probe_head import recipe_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.base import strategies
from automl_tl.finetune.workload import LabelledInputs, Workload
from automl_tl.zoo.backbone import Backbone, LoadedModel
from automl_tl.zoo.card import LAST_LAYER, ModelCard

__all__ = ["LoadModel", "layers_to_read", "starting_classifier"]

LoadModel = Callable[[ModelCard], LoadedModel]
"""Loads the pretrained backbone of a card; may return the same object twice, every user works on a copy."""

_BATCH = 64
_OFFERS = {"last": (LAST_LAYER,), "last_4": ("last_4",), "head2toe": ("all", "stages")}


def starting_classifier(
    workload: Workload,
    model: str,
    recipe: Recipe,
    *,
    seed: int,
    load_model: LoadModel,
    remaining: Callable[[], float],
) -> tuple[Classifier, Workload]:
    """Return the classifier on the CPU, and the workload with the features that its head was solved on.

    A linear probe of other layers than the model's own embeds the inputs anew; its backbone then makes embeddings
    of those layers, and so does whatever is saved of it. Everybody else uses the cached features.

    Raises
    ------
    TrialFailed
        If the time is used up before all inputs are embedded, or before the best features are chosen.
    """
    backbone = copy.deepcopy(load_model(workload.cards[model]).backbone)
    if strategies.get(recipe.strategy).trains_by_gradient or recipe.feature_layers == "model":
        return Classifier(backbone, recipe_head(workload, model, recipe, seed=seed)), workload
    layers = layers_to_read(backbone, recipe.feature_layers)
    if layers != backbone.layers:
        backbone.choose_layers(layers)
        workload = _with_features(workload, model, backbone, remaining)
    if recipe.feature_layers == "head2toe":
        head = head2toe(
            workload,
            model,
            inverse_regularisation=recipe.inverse_regularisation,
            seed=seed,
            remaining=remaining,
        )
    else:
        head = recipe_head(workload, model, recipe, seed=seed)
    return Classifier(backbone, head), workload


def layers_to_read(backbone: Backbone, feature_layers: str) -> str:
    """Return what the embedding is made of for a recipe's ``feature_layers``; ``last`` if it is not offered."""
    offered = (*backbone.layer_choices, *backbone.further_layer_choices)
    return next((layers for layers in _OFFERS[feature_layers] if layers in offered), LAST_LAYER)


def _with_features(workload: Workload, model: str, backbone: Backbone, remaining: Callable[[], float]) -> Workload:
    train, validation = (
        {**features, model: _embed(backbone, part, workload.device, remaining)}
        for features, part in (
            (workload.train_features, workload.train),
            (workload.validation_features, workload.validation),
        )
    )
    return dataclasses.replace(workload, train_features=train, validation_features=validation, heads={})


def _embed(
    backbone: Backbone, part: LabelledInputs, device_name: str, remaining: Callable[[], float]
) -> NDArray[np.float32]:
    device = choose_device(device_name)
    backbone.to(device).eval()
    inputs = PreparedInputs(backbone, part.inputs, device, remaining=remaining)
    order = inputs.evaluation_order()
    features = np.zeros((len(part), backbone.embedding_size), dtype=np.float32)
    for start in range(0, len(order), _BATCH):
        if remaining() <= 0:
            raise TrialFailed("the time was used up before all inputs were embedded", field="budget")
        rows = order[start : start + _BATCH]
        with torch.inference_mode(), autocast(device):
            features[rows] = backbone(inputs.batch(rows)).float().cpu().numpy()
    backbone.cpu()
    return features
