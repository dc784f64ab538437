"""Interpolate between the pretrained and the fine-tuned model: keep what pretraining knew where it helps.

Wortsman et al., Robust fine-tuning of zero-shot models, CVPR 2022, section 4 (WiSE-FT). The zero-shot head of the
paper is the linear probe's head here.
"""

from __future__ import annotations

import copy
import dataclasses

import torch

from automl_tl.errors import InvalidInput
from automl_tl.finetune.fitted import FittedModel

__all__ = ["SHARES", "interpolate"]

SHARES = (0.25, 0.5, 0.75)
"""Shares of the fine-tuned weights that validation may choose; 1 is the fine-tuned model itself."""


def interpolate(pretrained: FittedModel, fine_tuned: FittedModel, share: float) -> FittedModel:
    """Return the fine-tuned model with the weights (1 - share) x pretrained + share x fine-tuned, head included.

    Whole-number buffers are the fine-tuned model's. Both models have the same architecture and classes.

    Parameters
    ----------
    share
        In [0, 1]; 0 gives the weights of ``pretrained``, 1 those of ``fine_tuned``.
    """
    if not 0 <= share <= 1:
        raise InvalidInput(f"the share of fine-tuned weights must lie in [0, 1] but is {share!r}", field="share")
    start, end = pretrained.backbone.state_dict(), fine_tuned.backbone.state_dict()
    backbone = copy.deepcopy(fine_tuned.backbone)
    backbone.load_state_dict({name: _between(start[name], value, share) for name, value in end.items()})
    head = dataclasses.replace(
        fine_tuned.head,
        weight=(1 - share) * pretrained.head.weight + share * fine_tuned.head.weight,
        bias=(1 - share) * pretrained.head.bias + share * fine_tuned.head.bias,
    )
    return dataclasses.replace(fine_tuned, backbone=backbone, head=head)


def _between(start: torch.Tensor, end: torch.Tensor, share: float) -> torch.Tensor:
    return (1 - share) * start + share * end if end.is_floating_point() else end
