"""Small sums between ranks, each of which also says whether somebody has run out of memory."""

from __future__ import annotations

import torch
import torch.distributed as dist

from automl_tl.finetune.ranks.group import Ranks

__all__ = ["Exchange", "OutOfMemoryElsewhere"]


class OutOfMemoryElsewhere(MemoryError):
    """Another rank has run out of memory, so this one must take smaller parts too."""


class Exchange:
    """Adds numbers up over all ranks, always as many, whatever they mean.

    A rank that runs out of memory leaves its step somewhere in the middle, where the others do not know of it.
    They find out at their next sum: whatever they add up there, it has the same size as the word that the one
    rank sends instead. So every sum of a step goes through here, and those of gradients, which do not, come after
    one that says that nobody has left.

    Parameters
    ----------
    width
        The most numbers of one sum, the same on all ranks.
    """

    def __init__(self, ranks: Ranks, width: int) -> None:
        self.ranks = ranks
        self._width = width

    def total(self, values: torch.Tensor) -> torch.Tensor:
        """Return the sums over all ranks, float32 (n,); n is at most the width.

        Raises
        ------
        OutOfMemoryElsewhere
            If another rank told of that instead.
        """
        found = self._send(values, 0.0)
        if found[0] > 0:
            raise OutOfMemoryElsewhere("another rank of this trial is out of memory")
        return found[1 : 1 + values.numel()]

    def tell_out_of_memory(self) -> None:
        """Let the others know at their next sum; it is this rank's part of it."""
        self._send(torch.zeros(0), 1.0)

    def _send(self, values: torch.Tensor, lost: float) -> torch.Tensor:
        line = torch.zeros(1 + self._width, device=self.ranks.device)
        line[0] = lost
        line[1 : 1 + values.numel()] = values.detach().flatten()
        dist.all_reduce(line)
        return line
