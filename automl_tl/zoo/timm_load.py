"""Turn timm weights into a LoadedModel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import timm

from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import Fingerprint, ModelCard
from automl_tl.zoo.timm_backbone import TimmBackbone
from automl_tl.zoo.weights import Weights

__all__ = ["load_native_timm", "load_published_timm"]


def load_native_timm(
    card: ModelCard,
    weights: Weights,
    *,
    num_classes: int,
    kwargs: dict[str, Any],
    fingerprint: Fingerprint | None = None,
) -> LoadedModel:
    """Load weights whose names are timm's own; raises ModelUnavailable naming the first key that is off."""
    backbone = _build(card, num_classes, kwargs)
    backbone.load_native_state_dict(weights.tensors)
    return LoadedModel(backbone, weights.digest, card.revision, fingerprint)


def load_published_timm(card: ModelCard, weights: Weights, commit: str) -> LoadedModel:
    """Load weights as the hub publishes them; timm renames and resizes where an older file needs it."""
    try:
        network = timm.create_model(
            card.model, pretrained=True, pretrained_cfg_overlay={"state_dict": weights.tensors, "source": None}
        )
    except (RuntimeError, ValueError, KeyError, TypeError) as error:
        reason = str(error).strip().splitlines()[:2]
        raise ModelUnavailable(f"{card.id}: timm cannot load these weights: {' '.join(reason)}") from error
    backbone = _build(card, int(getattr(network, "num_classes", 0)), {})
    backbone.load_native_state_dict(dict(network.state_dict()))
    return LoadedModel(backbone, weights.digest, commit)


def _build(card: ModelCard, num_classes: int, kwargs: dict[str, Any]) -> TimmBackbone:
    config = {"architecture": card.architecture, "kwargs": kwargs, "num_classes": num_classes}
    return TimmBackbone(replace(card, location=""), config)
