"""Average the weights of fine-tuned models that share a starting point: less variance at the cost of one model.

Wortsman et al., Model soups: averaging weights of multiple fine-tuned models improves accuracy without increasing
inference time, ICML 2022, section 2 (uniform soup, and the greedy soup of recipe 1).
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch

from automl_tl.finetune.fitted import FittedModel

__all__ = ["average", "greedy_soup"]


def average(models: Sequence[FittedModel]) -> FittedModel:
    """Return the first model with the mean of all models' weights; whole-number buffers are the first one's.

    All models must have the same architecture and classes; averaging makes sense only if they were fine-tuned from
    the same weights.
    """
    first = models[0]
    backbone = copy.deepcopy(first.backbone)
    states = [model.backbone.state_dict() for model in models]
    backbone.load_state_dict({name: _mean([state[name] for state in states]) for name in states[0]})
    head = dataclasses.replace(
        first.head,
        weight=np.mean([model.head.weight for model in models], axis=0, dtype=np.float32),
        bias=np.mean([model.head.bias for model in models], axis=0, dtype=np.float32),
    )
    return dataclasses.replace(first, backbone=backbone, head=head)


def greedy_soup(
    models: Sequence[FittedModel],
    measure: Callable[[FittedModel], Mapping[str, float]],
    improves: Callable[[Mapping[str, float], Mapping[str, float]], bool],
) -> tuple[int, ...]:
    """Return the positions of the models whose average is the greedy soup; the first always belongs to it.

    Each further model stays in if the average with it is no worse than the average without it.

    Parameters
    ----------
    models
        Best first.
    measure
        Returns the validation figures of a model.
    improves
        Whether the first figures are better than the second.
    """
    chosen, best = [0], measure(models[0])
    for position in range(1, len(models)):
        figures = measure(average([models[index] for index in (*chosen, position)]))
        if not improves(best, figures):
            chosen.append(position)
            best = figures
    return tuple(chosen)


def _mean(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    return torch.stack(list(tensors)).mean(dim=0) if tensors[0].is_floating_point() else tensors[0]
