"""How large a share of a GPU a trial asks for, so that several run on one and none takes another's memory."""

from __future__ import annotations

import math

__all__ = ["SMALLEST_SHARE", "gpu_share"]

_CONTEXT_BYTES = 700e6
"""What CUDA, cuDNN and their kernels take in every process, whatever it computes."""
_MARGIN = 1.15
"""Foretold bytes are those of tensors; the allocator's gaps and workspaces come on top."""
_MOST = 8
"""Trials on one GPU: with more of them its caches and schedulers, not its memory, are what is short."""
SMALLEST_SHARE = 1 / _MOST
_GRAIN = 10_000


def gpu_share(needed: float, gpu_bytes: float, *, least: float = 0.0) -> float:
    """Return the share of a GPU that holds a trial: a k-th, rounded down to ten-thousandths as Ray counts them.

    It is 1 where nothing is known or nothing smaller fits.

    Parameters
    ----------
    needed
        Bytes of weights, gradients, moments and activations; NaN or infinity where nobody knows.
    gpu_bytes
        Memory of the smallest GPU on which the trial may run.
    least
        Smallest share to return, such as the one beyond which processors are what is short.
    """
    if not math.isfinite(needed) or not math.isfinite(gpu_bytes) or gpu_bytes <= 0:
        return 1.0
    fit = int(gpu_bytes / (_MARGIN * needed + _CONTEXT_BYTES))
    allowed = int(1 / max(least, SMALLEST_SHARE) + 1e-9)
    return math.floor(_GRAIN / max(1, min(fit, allowed))) / _GRAIN
