"""How many trials of one shape fit into a Ray, which may grow."""

from __future__ import annotations

import logging
import time

import ray

from automl_tl.errors import FailedPrecondition
from automl_tl.search.runner import Resources

__all__ = ["ClusterSlots", "bundle", "check_room", "local_slots", "warn_of_absence"]

_LOG = logging.getLogger(__name__)

_LOOK_SECONDS = 5.0
_ACCELERATOR = "accelerator_type:"
"""How Ray wants the type of an accelerator to be asked for."""
_A_LITTLE = 0.001
_OF_WHAT = {"CPU": "processors", "GPU": "GPUs"}


def bundle(resources: Resources) -> dict[str, float]:
    """Return what a trial asks for in Ray's words; parts that are zero are left out.

    It is one bundle, so that Ray reserves all of it on one node, several GPUs too.
    """
    found = {"CPU": resources.cpus, "GPU": resources.gpus}
    if resources.accelerator:
        found[_ACCELERATOR + resources.accelerator] = _A_LITTLE
    return {name: amount for name, amount in found.items() if amount > 0}


def local_slots(resources: Resources) -> int:
    """Return how many trials a Ray that cannot grow runs at once, at most ``resources.concurrent``.

    Raises
    ------
    FailedPrecondition
        If not even one fits.
    """
    check_room(resources)
    has, slots = ray.cluster_resources(), [resources.concurrent]
    slots += [int(has[name] / asked + 1e-9) for name, asked in bundle(resources).items()]
    return max(1, min(slots))


def check_room(resources: Resources, *, who: str = "a trial") -> None:
    """Check that a Ray that cannot grow can ever give what is asked for; else raise FailedPrecondition."""
    has = ray.cluster_resources()
    for name, asked in bundle(resources).items():
        if asked <= has.get(name, 0.0):
            continue
        if name.startswith(_ACCELERATOR):
            kinds = sorted(each.removeprefix(_ACCELERATOR) for each in has if each.startswith(_ACCELERATOR))
            raise FailedPrecondition(
                f"{who} asks for GPUs of type {resources.accelerator} but this Ray has "
                f"{' and '.join(kinds) or 'no GPU of a known type'}; name one that is here, or none",
                field="compute.accelerator",
            )
        raise FailedPrecondition(
            f"{who} asks for {asked:g} {_OF_WHAT.get(name, name)} but this Ray has {has.get(name, 0.0):g}; "
            "ask for less",
            field="compute.gpus_per_trial" if name == "GPU" else "",
        )


def warn_of_absence(resources: Resources) -> None:
    """Say in the log that a cluster has no GPU of the type asked for: unless it grows, work waits without end."""
    if resources.accelerator and _ACCELERATOR + resources.accelerator not in ray.cluster_resources():
        _LOG.warning("waiting for a node with GPUs of type %s: this cluster has none now", resources.accelerator)


class ClusterSlots:
    """The same for a cluster that may grow and shrink: what fits into it now, at least ``resources.concurrent``.

    So many trials are begun even if they have to wait: what waits is what an autoscaler starts nodes for. Ray's
    ``request_resources`` is not used: it holds for the whole cluster, and on after the driver that called it died.
    """

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._looked, self._found = -_LOOK_SECONDS, resources.concurrent

    def __call__(self) -> int:
        """Return the number, which is looked up every few seconds."""
        now = time.monotonic()
        if now - self._looked >= _LOOK_SECONDS:
            self._looked, has = now, ray.cluster_resources()
            fit = min(int(has.get(name, 0.0) / asked + 1e-9) for name, asked in bundle(self._resources).items())
            self._found = max(self._resources.concurrent, fit)
        return self._found
