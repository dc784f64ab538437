"""From a prepared batch to the outputs that are explained: on the model's device, at a precision."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import log_softmax, logsigmoid

from automl_tl.explain.maskers.base import MaskedBatch
from automl_tl.explain.model import ExplainableModel, HeadedBackbone, link_of, members_of, parts_of
from automl_tl.finetune.links import LINKS
from automl_tl.probe.precision import FLOAT32, computing_in

__all__ = ["Network", "combined", "differentiable_combined", "networks_of", "own_outputs"]

_TINY = 1e-12


class Network:
    """One backbone with its head.

    Parameters
    ----------
    precision
        ``float32`` or ``bfloat16`` for the backbone; the head always computes in float32.
    part
        Its weight in the mean of an ensemble.
    """

    def __init__(self, model: HeadedBackbone, *, precision: str = FLOAT32, part: float = 1.0) -> None:
        self.backbone: Any = model.backbone
        self.head = model.head
        self.precision = precision
        self.part = part
        parameter = next(iter(self.backbone.parameters()), None)
        self.device = torch.device("cpu") if parameter is None else parameter.device

    def outputs(self, batch: MaskedBatch) -> NDArray[np.float64]:
        """Return the head's outputs, float64 (B, C)."""
        self.backbone.eval()
        with torch.inference_mode(), computing_in(self.precision, self.device):
            features = self.backbone(batch)
        return np.asarray(self.head.logits(features.float().cpu().numpy()), dtype=np.float64)


def networks_of(model: ExplainableModel, *, precision: str = FLOAT32) -> tuple[Network, ...]:
    """Return the model's network and those of its ensemble's further members."""
    models = (model, *members_of(model))
    return tuple(
        Network(each, precision=precision, part=part)
        for each, part in zip(models, parts_of(model) or (1.0,) * len(models), strict=True)
    )


def combined(
    link: str, outputs: Sequence[NDArray[np.float64]], parts: Sequence[float] | None = None
) -> NDArray[np.float64]:
    """Return what an ensemble says: the logarithm, log-odds or value of the mean of its members' answers.

    A single network's outputs are returned as they are. ``parts`` are weights, None means equal ones.
    """
    if len(outputs) == 1:
        return outputs[0]
    mean: NDArray[np.float64] = np.average([LINKS[link](each) for each in outputs], axis=0, weights=parts)
    if link == "softmax":
        return np.log(np.maximum(mean, _TINY))
    if link == "sigmoid":
        inside = np.clip(mean, _TINY, 1 - _TINY)
        return np.log(inside) - np.log1p(-inside)
    return mean


def differentiable_combined(link: str, outputs: Sequence[torch.Tensor], parts: Sequence[float]) -> torch.Tensor:
    """Return what :func:`combined` does, of tensors and for gradients: in logarithms, where no slope is lost."""
    if len(outputs) == 1:
        return outputs[0]
    told = torch.stack(list(outputs))
    weights = torch.tensor(parts, dtype=told.dtype, device=told.device)
    weights = (weights / weights.sum()).reshape(-1, *[1] * (told.ndim - 1))
    if link == "identity":
        return (weights * told).sum(dim=0)
    lowest = math.log(_TINY)
    if link == "softmax":
        return torch.logsumexp(weights.log() + log_softmax(told, dim=-1), dim=0).clamp(min=lowest)
    yes, no = (torch.logsumexp(weights.log() + logsigmoid(sign * told), dim=0) for sign in (1, -1))
    return (yes - no).clamp(min=lowest, max=-lowest)


def own_outputs(model: ExplainableModel, example: Any) -> NDArray[np.float64]:
    """Return the outputs (C,) that the model itself gives to an untouched example, by its public way."""
    if not members_of(model) or link_of(model) == "softmax":
        return np.asarray(model.logits([example]), dtype=np.float64)[0]
    answers = np.asarray(model.answers([example]), dtype=np.float64)[0]  # type: ignore[attr-defined]
    if link_of(model) == "identity":
        return answers
    inside = np.clip(answers, _TINY, 1 - _TINY)
    return np.asarray(np.log(inside) - np.log1p(-inside))
