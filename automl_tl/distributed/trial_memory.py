"""How much memory one trial may use, on whichever machine it will run."""

from __future__ import annotations

import math

import ray

from automl_tl.search.machine_memory import free_bytes
from automl_tl.search.runner import Resources

__all__ = ["trial_bytes"]


def trial_bytes(resources: Resources, *, gpu_size: float, local: bool) -> float:
    """Return the bytes that one trial may use; infinity where nobody knows.

    Parameters
    ----------
    gpu_size
        Memory of the smallest GPU on which it may run, in bytes; NaN where that is not known.
    local
        Whether trials share this machine and nothing else. On a cluster, which must have been joined, one without
        a GPU has the part of its node's memory that falls to its processors, of the smallest node that will do:
        the machine of the driver says nothing of the trials'.
    """
    if resources.gpus > 0:
        return math.inf if math.isnan(gpu_size) else gpu_size * min(resources.gpus, 1.0)
    if local:
        return free_bytes() / max(resources.concurrent, 1)
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    parts = [
        node.get("memory", math.inf) * resources.cpus / node["CPU"]
        for node in nodes
        if resources.cpus > 0 and node.get("CPU", 0.0) >= resources.cpus
    ]
    return float(min(parts, default=math.inf))
