"""The GPUs of a Ray: how many there are for how many processors, of which type, with how much memory."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ray

from automl_tl.search.accelerators import accelerator_bytes

__all__ = ["GpuNode", "gpu_bytes", "gpu_nodes", "gpus_per_processor", "share_of_this_process", "stay_within_share"]

_TYPE = "accelerator_type:"
"""How Ray names the resource that says which type of GPU a node has."""


@dataclass(frozen=True)
class GpuNode:
    """A node that has GPUs: how many, of which type ("" if Ray does not know it), and its processors."""

    gpus: float
    cpus: float
    accelerator: str = ""


def gpu_nodes(accelerator: str = "") -> tuple[GpuNode, ...]:
    """Return the nodes that are alive and have GPUs, of this type if one is named; Ray must have started."""
    found = [_read(node["Resources"]) for node in ray.nodes() if node["Alive"]]
    return tuple(node for node in found if node.gpus and accelerator in ("", node.accelerator))


def gpus_per_processor(nodes: Sequence[GpuNode]) -> float:
    """Return the share of a GPU that falls to one processor of these nodes, at most 1; 0 without GPUs."""
    if not nodes:
        return 0.0
    return min(1.0, sum(node.gpus for node in nodes) / max(sum(node.cpus for node in nodes), 1.0))


def gpu_bytes(accelerator: str = "", *, local: bool = True) -> float:
    """Return the memory of the smallest GPU on which a trial may run, in bytes; NaN where one is not known.

    Parameters
    ----------
    accelerator
        Type of GPU that trials ask for; "" if any will do.
    local
        Whether this Ray is this machine alone, whose GPUs can be asked. Of a cluster's nodes only the types are
        known; while it has none that will do, the type that is asked for counts.
    """
    if local:
        return _bytes_here()
    kinds = {node.accelerator for node in gpu_nodes(accelerator)} or {accelerator}
    sizes = [accelerator_bytes(kind) for kind in kinds]
    return math.nan if any(map(math.isnan, sizes)) else min(sizes)


def share_of_this_process() -> float:
    """Return how much of a GPU Ray has given to this task or actor; 0 without one."""
    return float(ray.get_runtime_context().get_assigned_resources().get("GPU", 0.0))


def stay_within_share(gpus: float) -> None:
    """Let this process take no more of its GPU's memory than its share.

    What needs more runs out of memory and goes on with smaller batches, instead of ending its neighbours.
    """
    import torch

    if 0 < gpus < 1 and torch.cuda.is_available():
        torch.cuda.set_per_process_memory_fraction(gpus)


def _read(resources: Mapping[str, Any]) -> GpuNode:
    kind = next((name.removeprefix(_TYPE) for name in resources if name.startswith(_TYPE)), "")
    return GpuNode(float(resources.get("GPU", 0.0)), float(resources.get("CPU", 0.0)), kind)


def _bytes_here() -> float:
    """Return the memory of this machine's smallest GPU, NaN where it has none."""
    import torch

    if not torch.cuda.is_available():
        return math.nan
    return min(
        float(torch.cuda.get_device_properties(number).total_memory) for number in range(torch.cuda.device_count())
    )
