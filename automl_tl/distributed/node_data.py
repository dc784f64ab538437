"""Data sets on machines that do not see the driver's disk: copies that the processes of a machine share."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from automl_tl.data.dataset import Dataset
from automl_tl.data.on_demand import ExamplesOnDemand
from automl_tl.distributed.node_directory import Held, hold, node_directory, sweep
from automl_tl.finetune.workload import LabelledInputs, WholeParts, Workload

__all__ = ["Copies", "SharedDataset", "publish_inputs", "with_inputs_here"]


class Copies(Protocol):
    """Brings data sets to machines that do not see the driver's disk; goes to other processes by pickle."""

    def publish(self, dataset: Dataset) -> None:
        """Make the data set's files known to all machines; raises Unavailable."""

    def bring(self, dataset: Dataset, directory: Path) -> Dataset:
        """Return the data set with its files in ``directory``; raises NotFound, DataCorrupted or Unavailable."""


@dataclass(frozen=True)
class SharedDataset:
    """A data set on its way to a task; ``copies`` is None where nodes see the disk on which its files lie."""

    dataset: Dataset
    copies: Copies | None = None

    def here(self) -> Dataset:
        """Return the data set as this machine can read it.

        Raises
        ------
        NotFound, DataCorrupted, Unavailable
            As :meth:`Copies.bring` does.
        """
        if self.copies is None:
            return self.dataset
        directory = _held(self.dataset.digest).path
        own = hold(directory.with_name(f"{directory.name}.fetching"), shared=False)
        try:
            return self.copies.bring(self.dataset, directory)
        finally:
            own.lock.close()


def publish_inputs(workload: Workload, copies: Copies | None) -> None:
    """Make the files known to all machines that trials read while they train; most have their inputs with them."""
    for dataset in {each.dataset.digest: each.dataset for each in _on_demand(workload)}.values():
        if copies is not None:
            copies.publish(dataset)


def with_inputs_here(workload: Workload, copies: Copies | None) -> Workload:
    """Return the workload with inputs as this machine can read them; raises as :meth:`SharedDataset.here`."""
    if copies is None or not any(True for _ in _on_demand(workload)):
        return workload
    whole = workload.whole
    return replace(
        workload,
        train=_here(workload.train, copies),
        validation=_here(workload.validation, copies),
        whole=whole and WholeParts(_here(whole.train, copies), _here(whole.validation, copies)),
    )


def _here(part: LabelledInputs, copies: Copies) -> LabelledInputs:
    if not isinstance(part.inputs, ExamplesOnDemand):
        return part
    dataset = SharedDataset(part.inputs.dataset, copies).here()
    return replace(part, inputs=ExamplesOnDemand(dataset, part.inputs.rows))


def _on_demand(workload: Workload) -> Iterator[ExamplesOnDemand]:
    whole = workload.whole
    parts = (workload.train, workload.validation, *((whole.train, whole.validation) if whole else ()))
    return (part.inputs for part in parts if isinstance(part.inputs, ExamplesOnDemand))


@functools.cache
def _held(digest: str) -> Held:
    """Return this node's directory of a data set, which stays as long as a process that has used it lives."""
    folder = node_directory() / "datasets"
    sweep(folder)
    return hold(folder / digest)
