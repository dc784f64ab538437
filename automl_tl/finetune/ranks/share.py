"""What falls to one process of a step: all of it, or a rank's share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from automl_tl.finetune.prepared import PreparedInputs
from automl_tl.finetune.ranks.exchange import Exchange, OutOfMemoryElsewhere
from automl_tl.finetune.ranks.gradients import Gradients
from automl_tl.finetune.ranks.group import Ranks
from automl_tl.finetune.ranks.inputs import SharedInputs
from automl_tl.finetune.ranks.statistics import SharedStatistics, statistics_width
from automl_tl.zoo.backbone import Batch

__all__ = ["Batches", "Share", "Whole", "share_of"]

_RANK_STRIDE = 500_009


class Batches(Protocol):
    """What examples are drawn from."""

    def batch(self, indices: NDArray[np.int64]) -> Batch:
        """Return the model inputs of these examples, in this order, on the device."""

    def ahead(self, batches: Iterator[NDArray[np.int64]]) -> Iterator[NDArray[np.int64]]:
        """Yield the batches of indices, making what they take ready meanwhile."""


class Whole:
    """All of a step, for a process that trains alone."""

    smallest = 2
    """Examples of the smallest forward pass."""

    def inputs(self, inputs: PreparedInputs) -> Batches:
        """Return what batches are drawn from."""
        return inputs

    def part(self, start: int, stop: int, granule: int) -> tuple[slice, bool]:
        """Return the examples of a forward pass that are this process's, and whether they count."""
        return slice(start, stop), True

    def seed(self, seed: int) -> None:
        """Seed what the network itself draws, once the batch has been drawn."""

    def statistics(self, counts: bool) -> AbstractContextManager[object]:
        """Return the context of a forward pass."""
        return nullcontext()

    def add_up(self, loss: float) -> float:
        """Complete the gradients of a step and return its loss."""
        return loss

    def tell_out_of_memory(self, error: BaseException) -> None:
        """Tell whoever must know."""


class Share(Whole):
    """A rank's share: its part of every forward pass, so that all ranks' together are what one process would do.

    What is drawn at random for the batch - augmentation, mixing - is drawn alike on every rank; what the network
    draws inside - dropout, stochastic depth - each rank draws for its own examples.
    """

    def __init__(self, ranks: Ranks, model: nn.Module, parameters: Sequence[nn.Parameter]) -> None:
        self._ranks = ranks
        width = max(statistics_width(model, ranks.count), 1 + len(parameters))
        self._exchange = Exchange(ranks, width)
        self._gradients = Gradients(self._exchange, parameters)
        self._norms = [each for each in model.modules() if isinstance(each, nn.modules.batchnorm._BatchNorm)]
        self.smallest = max(Whole.smallest, ranks.count)

    def inputs(self, inputs: PreparedInputs) -> Batches:
        """Return batches that the ranks prepare together."""
        return SharedInputs(inputs, self._ranks)

    def part(self, start: int, stop: int, granule: int) -> tuple[slice, bool]:
        """Return this rank's neighbours; where there are too few for all, any that do not count."""
        units = (stop - start) // granule
        first, last = (start + granule * (units * rank // self._ranks.count) for rank in self._place)
        return (slice(first, last), True) if first < last else (slice(start, start + granule), False)

    def seed(self, seed: int) -> None:
        """Let no two ranks draw the same; rank 0 draws what a process alone would."""
        if self._ranks.rank:
            torch.manual_seed(seed + _RANK_STRIDE * self._ranks.rank)

    def statistics(self, counts: bool) -> AbstractContextManager[object]:
        """Return a context in which batch norms in training see all ranks' examples."""
        if not any(norm.training for norm in self._norms):
            return nullcontext()
        return SharedStatistics(self._exchange, present=counts)

    def add_up(self, loss: float) -> float:
        """Add gradients and losses of all ranks up; raises OutOfMemoryElsewhere."""
        return self._gradients.add_up(loss)

    def tell_out_of_memory(self, error: BaseException) -> None:
        """Let the other ranks take smaller parts too, unless it was one of them that told this one."""
        if not isinstance(error, OutOfMemoryElsewhere):
            self._exchange.tell_out_of_memory()

    @property
    def _place(self) -> tuple[int, int]:
        return self._ranks.rank, self._ranks.rank + 1


def share_of(ranks: Ranks | None, model: nn.Module, parameters: Sequence[nn.Parameter]) -> Whole:
    """Return what falls to this process."""
    return Whole() if ranks is None else Share(ranks, model, parameters)
