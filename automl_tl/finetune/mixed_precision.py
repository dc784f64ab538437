"""In which precision training computes: bfloat16 or float16 where the device is faster for it, else float32.

Micikevicius et al., Mixed Precision Training, ICLR 2018: weights and moments stay in float32. float16 has too
small a range for gradients, so the loss is scaled up before the backward pass; bfloat16 needs no such thing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import nn

from automl_tl.probe.precision import BFLOAT16, choose_precision
from automl_tl.zoo.backbone import Backbone

__all__ = ["MixedPrecision", "training_dtype"]

_STATE = "scaler."
_KEYS = ("scale", "_growth_tracker")


def training_dtype(backbone: Backbone, device: torch.device) -> torch.dtype:
    """Return bfloat16, float16 or float32.

    CUDA devices that only emulate bfloat16 (before Ampere) get float16. CPUs get bfloat16 under the conditions of
    :func:`automl_tl.probe.precision.choose_precision` if no convolution is grouped: on one core of a Xeon with AMX
    that made steps of a vision transformer 1.6 times as fast, those of a ConvNeXt 1.2 times as slow.
    """
    if device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.float16
    grouped = any(isinstance(module, nn.Conv2d) and module.groups > 1 for module in backbone.modules())
    if device.type == "cpu" and grouped:
        return torch.float32
    return torch.bfloat16 if choose_precision("auto", backbone, device) == BFLOAT16 else torch.float32


class MixedPrecision:
    """The forward pass, backward pass and step of one precision.

    Parameters
    ----------
    dtype
        Instead of what :func:`training_dtype` says.
    """

    def __init__(self, backbone: Backbone, device: torch.device, dtype: torch.dtype | None = None) -> None:
        self.dtype = dtype or training_dtype(backbone, device)
        self._device = device
        self._scaler = torch.amp.GradScaler(device.type, enabled=self.dtype is torch.float16)

    def context(self) -> AbstractContextManager[object]:
        """Return the context of a forward pass."""
        if self.dtype is torch.float32:
            return nullcontext()
        return torch.autocast(self._device.type, dtype=self.dtype)

    def backward(self, loss: torch.Tensor) -> None:
        """Add the gradients of ``loss``."""
        self._scaler.scale(loss).backward()

    def step(self, optimiser: torch.optim.Optimizer, clip: Callable[[], object]) -> None:
        """Clip the gradients and take the step; in float16 it is skipped where a gradient has overflowed."""
        self._scaler.unscale_(optimiser)
        clip()
        self._scaler.step(optimiser)
        self._scaler.update()

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return the scale of the loss by name, for :meth:`take`; nothing outside float16."""
        state = self._scaler.state_dict()
        return {f"{_STATE}{key}": torch.tensor(float(state[key])) for key in _KEYS if key in state}

    def take(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Go on from what :meth:`tensors` returned."""
        state = self._scaler.state_dict()
        found = {key: float(tensors[f"{_STATE}{key}"]) for key in _KEYS if f"{_STATE}{key}" in tensors}
        if state and found:
            tracker = int(found["_growth_tracker"])
            self._scaler.load_state_dict({**state, "scale": found["scale"], "_growth_tracker": tracker})
