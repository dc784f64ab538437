"""How many bytes of tensors are alive at once while a network computes."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.autograd.graph import saved_tensors_hooks
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

__all__ = ["LiveMemory", "saved_bytes"]


class LiveMemory(TorchDispatchMode):
    """Inside this context every tensor that an operation makes is counted from its birth to its end.

    Tensors that share one storage count once. Memory that a single operation takes and gives back itself is not
    seen. The count is the same on every device.

    Attributes
    ----------
    peak
        Largest number of bytes that were alive at once.
    live
        Bytes that are alive now.

    Parameters
    ----------
    known
        Tensors that are there already, such as the weights; views of them count nothing.
    """

    def __init__(self, known: Iterable[torch.Tensor] = ()) -> None:
        super().__init__()
        self.live = 0
        self.peak = 0
        self._seen: weakref.WeakSet[Any] = weakref.WeakSet(tensor.untyped_storage() for tensor in known)

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run the operation and count what it made."""
        made = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(made):
            if isinstance(tensor, torch.Tensor):
                self._count(tensor.untyped_storage())
        return made

    def _count(self, storage: torch.UntypedStorage) -> None:
        if storage in self._seen:
            return
        self._seen.add(storage)
        weakref.finalize(storage, self._forget, storage.nbytes())
        self.live += storage.nbytes()
        self.peak = max(self.peak, self.live)

    def _forget(self, size: int) -> None:
        self.live -= size


def saved_bytes(forward: Callable[[], torch.Tensor], known: Iterable[torch.Tensor]) -> tuple[int, torch.Tensor]:
    """Return how many bytes ``forward`` keeps for its backward pass, and what it returned.

    Parameters
    ----------
    known
        Tensors that are there anyway, such as the weights; they count nothing.
    """
    there = {tensor.untyped_storage().data_ptr() for tensor in known}
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in there:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        result = forward()
    return sum(kept.values()), result
