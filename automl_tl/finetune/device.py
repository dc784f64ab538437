"""Where a run computes, and the global state of torch that it borrows and gives back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

__all__ = ["autocast", "borrowed_torch", "choose_device", "is_out_of_memory"]


def choose_device(device: str) -> torch.device:
    """Return the device for ``auto`` (CUDA where there is one), ``cpu``, ``cuda`` or ``cuda:1``."""
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(device)


@contextmanager
def borrowed_torch(*, threads: int, seed: int) -> Iterator[None]:
    """Seed torch and set its thread count inside the block; restore both afterwards.

    Trials share a process when the runner reuses its workers, so nothing may leak from one into the next.
    """
    before = torch.get_num_threads()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        torch.set_num_threads(max(1, threads))
        try:
            yield
        finally:
            torch.set_num_threads(before)


def autocast(device: torch.device) -> torch.autocast:
    """Return autocast to bfloat16, or float16 where that is only emulated, on CUDA; plain float32 elsewhere.

    What is validated on a CPU is then what a fitted model computes, to the bit.
    """
    on_cuda = device.type == "cuda"
    emulated = on_cuda and not torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.autocast(device.type, dtype=torch.float16 if emulated else torch.bfloat16, enabled=on_cuda)


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an exception of a forward or backward pass means that the batch did not fit."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
