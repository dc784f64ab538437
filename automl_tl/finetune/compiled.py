"""Training passes of a backbone, compiled by torch.compile where that is wanted and works."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

__all__ = ["Compiled"]

_LOG = logging.getLogger(__name__)


class Compiled:
    """Lets a backbone compute compiled inside a block, and as it is everywhere else.

    What validates, saves and explains sees the network itself. Compiling takes from seconds to minutes at the
    first pass and pays in long runs only; a pass that fails turns it off for good.

    Parameters
    ----------
    wanted
        False makes the block one that changes nothing.
    """

    def __init__(self, backbone: nn.Module, *, wanted: bool) -> None:
        self._backbone = backbone
        self._forward = torch.compile(backbone.forward) if wanted else None

    @contextmanager
    def passes(self) -> Iterator[None]:
        """Run forward passes in this block compiled."""
        if self._forward is None:
            yield
            return
        # An attribute of the instance stands before the method of its class.
        self._backbone.forward = self._forward
        try:
            yield
        finally:
            del self._backbone.forward

    def give_up(self, error: BaseException) -> bool:
        """Turn compiling off, saying why; return whether it was on, so that the pass is worth another try."""
        if self._forward is None:
            return False
        first = (str(error).strip().splitlines() or [""])[0][:200]
        _LOG.warning("torch.compile is turned off for this run: %s: %s", type(error).__name__, first)
        self._forward = None
        return True
