"""Average the weights of fine-tuned models that share a starting point: less variance at the cost of one model.

Wortsman et al., Model soups: averaging weights of multiple fine-tuned models improves accuracy without increasing
inference time, ICML 2022, section 2 (uniform soup).
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Sequence

import numpy as np
import torch

from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.workload import LinearHead

__all__ = ["average"]


def average(models: Sequence[FittedModel]) -> FittedModel:
    """Return the first model with the mean of all models' weights; whole-number buffers are the first one's.

    All models must have the same architecture and classes; averaging makes sense only if they were fine-tuned from
    the same weights.
    """
    first = models[0]
    backbone = copy.deepcopy(first.backbone)
    states = [model.backbone.state_dict() for model in models]
    backbone.load_state_dict({name: _mean([state[name] for state in states]) for name in states[0]})
    head = LinearHead(
        weight=np.mean([model.head.weight for model in models], axis=0, dtype=np.float32),
        bias=np.mean([model.head.bias for model in models], axis=0, dtype=np.float32),
    )
    return dataclasses.replace(first, backbone=backbone, head=head)


def _mean(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    return torch.stack(list(tensors)).mean(dim=0) if tensors[0].is_floating_point() else tensors[0]
