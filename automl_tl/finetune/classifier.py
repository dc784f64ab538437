"""A backbone with a linear head on its embedding."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch
from torch import nn

from automl_tl.finetune.workload import LinearHead
from automl_tl.zoo.backbone import Backbone, Batch

__all__ = ["Classifier", "random_head"]

_NO_UNIT = (0.0, 1.0)


class Classifier(nn.Module):
    """Maps a batch to outputs (B, C): ``head(backbone(batch))``, logits of classes or predicted numbers.

    It takes the backbone over: a source head, where the backbone carries one, is forgotten. ``dropout`` leaves
    features of the embedding out in training mode; it does nothing unless its probability is set. The parameters
    of ``head`` are those of standardised outputs, so that rates mean the same whatever unit a number has.
    """

    def __init__(self, backbone: Backbone, head: LinearHead) -> None:
        super().__init__()
        backbone.drop_source_head()
        self.backbone = backbone
        self.dropout = nn.Dropout(0.0)
        self.link, self.unit = head.link, head.unit
        n_classes, width = head.weight.shape
        self.head = nn.Linear(width, n_classes)
        self.take_head(head)

    def forward(self, batch: Batch) -> torch.Tensor:
        """Return logits, float (B, C), or numbers in their own unit."""
        outputs = self.standardised(batch)
        if self.unit == _NO_UNIT:
            return outputs
        mean, deviation = self.unit
        return outputs.float() * deviation + mean

    def standardised(self, batch: Batch) -> torch.Tensor:
        """Return the outputs in units of ``unit``, float (B, C)."""
        outputs: torch.Tensor = self.head(self.dropout(self.backbone(batch)))
        return outputs

    def answers(self, batch: Batch) -> torch.Tensor:
        """Return what the link makes of the outputs, float32 (B, C): probabilities or numbers."""
        outputs: torch.Tensor = self(batch).float()
        if self.link == "softmax":
            return outputs.softmax(dim=1)
        return outputs.sigmoid() if self.link == "sigmoid" else outputs

    def take_head(self, head: LinearHead) -> None:
        """Give the head these weights; its unit is the classifier's."""
        if self.unit != _NO_UNIT:
            head = dataclasses.replace(head, unit=self.unit).standardised()
        with torch.no_grad():
            self.head.weight.copy_(torch.from_numpy(np.ascontiguousarray(head.weight)))
            self.head.bias.copy_(torch.from_numpy(np.ascontiguousarray(head.bias)))

    def forget_head(self, *, seed: int) -> None:
        """Give the head random weights, of outputs in units of ``unit``."""
        drawn = random_head(self.head.out_features, self.head.in_features, seed=seed)
        self.take_head(dataclasses.replace(drawn, link=self.link, unit=self.unit).restored())

    def linear_head(self) -> LinearHead:
        """Return a copy of the head's present weights."""
        weight, bias = (
            tensor.detach().float().cpu().numpy().copy() for tensor in (self.head.weight, self.head.bias)
        )
        head = LinearHead(weight=weight, bias=bias, link=self.link, unit=self.unit)
        return head if self.unit == _NO_UNIT else head.restored()


def random_head(n_classes: int, width: int, *, seed: int) -> LinearHead:
    """Return a head as ``nn.Linear`` draws it (uniform, bound 1 / sqrt(width)), for training from scratch."""
    rng = np.random.default_rng(seed)
    bound = 1.0 / np.sqrt(width)
    return LinearHead(
        weight=rng.uniform(-bound, bound, (n_classes, width)).astype(np.float32),
        bias=np.zeros(n_classes, dtype=np.float32),
    )
