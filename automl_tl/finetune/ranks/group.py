"""The ranks of one trial: processes of one machine, one for each of its devices, that compute as one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn

from automl_tl.errors import TrialFailed
from automl_tl.finetune.device import choose_device

__all__ = ["Ranks", "join_ranks", "rank_device"]

_STUCK = timedelta(minutes=30)
"""After so long in one exchange of tensors a rank gives up, and with it the trial."""
_PATIENT = timedelta(days=30)
"""How long the others wait while the first rank validates and writes: whoever watches the processes ends them."""


@dataclass(frozen=True)
class Ranks:
    """This process among the ranks.

    Attributes
    ----------
    rank, count
        Which one this is, from 0 on, and how many there are. Rank 0 validates, reports and writes.
    device
        Where this rank computes.
    control
        The group for words between processors, beside the default group for tensors between devices.
    """

    rank: int
    count: int
    device: torch.device
    control: dist.ProcessGroup

    def agreed(self, stop: Callable[[], bool]) -> Callable[[], bool]:
        """Return what every rank asks before an update: rank 0 asks ``stop``, the others hear what it was told.

        The others wait here while rank 0 does what only it does.
        """

        def stops() -> bool:
            told = torch.tensor([self.rank == 0 and stop()], dtype=torch.uint8)
            dist.broadcast(told, src=0, group=self.control)
            return bool(told.item())

        return stops

    @torch.no_grad()
    def spread(self, model: nn.Module) -> None:
        """Give every rank the parameters and buffers of rank 0, bit for bit."""
        for value in (*model.parameters(), *model.buffers()):
            whole = value.detach().contiguous()
            dist.broadcast(whole, src=0)
            value.copy_(whole)

    def all_rows(self, rows: torch.Tensor, counts: list[int]) -> torch.Tensor:
        """Return the CPU rows of all ranks, one rank's after the other's; ``counts`` says how many each brings."""
        padded = rows.new_zeros((max(counts), *rows.shape[1:]))
        padded[: len(rows)] = rows
        found = [torch.empty_like(padded) for _ in counts]
        dist.all_gather(found, padded, group=self.control)
        return torch.cat([part[:count] for part, count in zip(found, counts, strict=True)])


def rank_device(name: str, rank: int, count: int) -> torch.device:
    """Return where a rank computes; several share the processors of a machine without GPUs.

    Raises
    ------
    TrialFailed
        If there are fewer GPUs than ranks.
    """
    device = choose_device(name)
    if device.type != "cuda":
        return device
    present = torch.cuda.device_count()
    if present < count:
        raise TrialFailed(
            f"the trial asks for {count} GPUs but its process sees {present}; ask for at most as many as one "
            "machine has (compute.gpus_per_trial, --trial-gpus)",
            field="compute.gpus_per_trial",
        )
    return torch.device("cuda", rank)


def join_ranks(rank: int, count: int, device: torch.device, meeting_place: Path) -> Ranks:
    """Join the other ranks; returns when all are there.

    Nobody leaves them but with its process: a rank that did would make the others fail of it, and they might be
    heard first.

    Parameters
    ----------
    meeting_place
        A file that is not there yet, the same for all.
    """
    backend = "gloo"
    if device.type == "cuda":
        torch.cuda.set_device(device)
        backend = "nccl"
    meeting = meeting_place.absolute().as_uri()
    dist.init_process_group(backend, init_method=meeting, rank=rank, world_size=count, timeout=_STUCK)
    control = dist.new_group(backend="gloo", timeout=_PATIENT)
    if not isinstance(control, dist.ProcessGroup):
        raise RuntimeError(f"rank {rank} is not in a group that has all {count} ranks")
    return Ranks(rank, count, device, control)
