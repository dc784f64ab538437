"""What every trial of one job shares: data, candidate cards and the probe's heads. Picklable, torch-free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Example
from automl_tl.data.on_demand import joined, picked
from automl_tl.finetune.links import LINKS
from automl_tl.finetune.trial_files import TrialFiles
from automl_tl.zoo.card import ModelCard

__all__ = [
    "CurvePoint",
    "HeadChoice",
    "LabelledInputs",
    "LinearHead",
    "SoFar",
    "TrialOutcome",
    "WholeParts",
    "Workload",
]


@dataclass(frozen=True)
class LabelledInputs:
    """Inputs with their labels: ``inputs`` of length N, ``labels`` N of them as the task has them.

    Inputs are decoded ones, or :class:`automl_tl.data.on_demand.ExamplesOnDemand` where they are too many.
    ``groups`` is a number per example, int64 (N,), the same for those that are not independent, such as images of
    one patient; None where all are. Parts of one data set count groups alike.
    """

    inputs: Sequence[Example]
    labels: NDArray[Any]
    groups: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.inputs)

    def picked(self, places: NDArray[np.int64]) -> LabelledInputs:
        """Return the examples at these places, in this order."""
        groups = None if self.groups is None else self.groups[places]
        return LabelledInputs(picked(self.inputs, places), self.labels[places], groups)

    def joined(self, other: LabelledInputs) -> LabelledInputs:
        """Return these examples and then those of another part."""
        known = self.groups is not None and other.groups is not None
        groups = np.concatenate([self.groups, other.groups]) if known else None
        labels = np.concatenate([self.labels, other.labels])
        return LabelledInputs(joined(self.inputs, other.inputs), labels, groups)


@dataclass(frozen=True)
class WholeParts:
    """Both parts of a data set that is streamed, on demand."""

    train: LabelledInputs
    validation: LabelledInputs


@dataclass(frozen=True)
class LinearHead:
    """A linear model on raw (unstandardised) embeddings: outputs = features @ weight.T + bias.

    Attributes
    ----------
    weight, bias
        float32 (C, D) and (C,). Any standardisation is folded in.
    link
        Key of :data:`~automl_tl.finetune.links.LINKS`: what makes answers of the outputs.
    unit
        Mean and standard deviation of the predicted number, in which training moves the head; (0, 1) for classes.
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    link: str = "softmax"
    unit: tuple[float, float] = (0.0, 1.0)

    def logits(self, features: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return logits float32 (N, C) of embeddings (N, D)."""
        return np.asarray(features @ self.weight.T + self.bias, dtype=np.float32)

    def probabilities(self, features: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the answers float32 (N, C) of embeddings (N, D): probabilities, or the predicted numbers."""
        return LINKS[self.link](self.logits(features)).astype(np.float32)

    def standardised(self) -> LinearHead:
        """Return the head whose outputs are in units of ``unit``."""
        mean, deviation = self.unit
        return replace(self, weight=self.weight / deviation, bias=(self.bias - mean) / deviation)

    def restored(self) -> LinearHead:
        """Return the head, of which outputs are in units of ``unit``, as one of raw outputs."""
        mean, deviation = self.unit
        return replace(self, weight=self.weight * deviation, bias=self.bias * deviation + mean)


@dataclass(frozen=True)
class HeadChoice:
    """How a model's linear head is solved: with which C, and whether in a few iterations only.

    ``kept`` says that nothing is chosen anew for other rows, such as those of a fold or all of them: choosing took
    too long for that.
    """

    inverse_regularisation: float
    rough: bool = False
    kept: bool = False


@dataclass(frozen=True)
class Workload:
    """What the trials of one job share.

    Attributes
    ----------
    train, validation
        The labelled parts that search may see; never the test part.
    train_features, validation_features
        Cached embeddings by model id, float32 (N, D), rows as in ``train`` / ``validation``.
    heads
        The linear probe's head by model id.
    checkpoint_root
        Directory under which trial ``t0001`` writes ``t0001/`` (a saved FittedModel, replaced atomically).
    threads
        CPU threads of one trial.
    device
        ``auto``, ``cpu`` or ``cuda``.
    devices
        Of one trial: with more than one, all of this machine, a process for each takes its part of every batch.
    compiled
        Whether backbones are compiled for training.
    whole
        All of train and validation where ``train`` and ``validation`` are samples of them, else None: what trains
        by gradient draws from it, batch by batch.
    elsewhere
        Where trials on machines with disks of their own publish their files; None where all see the same disk.
    settled
        By model id, how its head is solved on whatever rows; the C of the others is chosen on every part anew.
    """

    modality: str
    task: str
    class_names: tuple[str, ...]
    metric: str
    train: LabelledInputs
    validation: LabelledInputs
    cards: Mapping[str, ModelCard]
    train_features: Mapping[str, NDArray[np.float32]]
    validation_features: Mapping[str, NDArray[np.float32]]
    heads: Mapping[str, LinearHead]
    checkpoint_root: Path
    threads: int = 1
    device: str = "auto"
    devices: int = 1
    compiled: bool = False
    whole: WholeParts | None = None
    elsewhere: TrialFiles | None = None
    settled: Mapping[str, HeadChoice] = field(default_factory=dict)

    @property
    def training_part(self) -> LabelledInputs:
        """What training by gradient draws from."""
        return self.train if self.whole is None else self.whole.train


@dataclass(frozen=True)
class CurvePoint:
    """One point of a learning curve.

    ``update`` counts optimiser steps, ``fraction`` is the share of the full run in (0, 1], or 0 for the starting
    point (the pretrained backbone with the linear probe's head); ``seconds`` counts from the trial's start,
    ``looks`` of them went into validation and checkpoints before this point, ``metrics`` are validation figures by
    name (the job's metric is among them). ``so_far`` comes with a point that a run reports, and says what the run
    is at that moment; it is no part of the point, and points of a trial's row have none.
    """

    update: int
    fraction: float
    seconds: float
    train_loss: float
    metrics: Mapping[str, float] = field(default_factory=dict)
    looks: float = 0.0
    so_far: SoFar | None = field(default=None, compare=False, repr=False)

    @property
    def training_seconds(self) -> float:
        """What the same updates would take without a look on the way."""
        return max(0.0, self.seconds - self.looks)


@dataclass(frozen=True)
class SoFar:
    """A run when it reports a point: its earlier points, the untrained start first, and the one that it keeps.

    ``kept`` is the update of the point whose checkpoint lies on disk now: this one, an earlier one, or the start.
    """

    before: tuple[CurvePoint, ...]
    kept: int


@dataclass(frozen=True)
class TrialOutcome:
    """How a trial ended: its best validation point and where the best checkpoint lies.

    ``stopped`` is "" for a run that came to its own end, else ``scheduler``, ``deadline`` or ``cancelled``.
    ``micro_batch`` is the number of examples of one forward pass at the end: fewer than the recipe's batch size
    where memory ran out, 0 where nothing was trained.
    """

    best: CurvePoint
    curve: tuple[CurvePoint, ...]
    checkpoint: Path
    seconds: float
    stopped: str = ""
    micro_batch: int = 0
