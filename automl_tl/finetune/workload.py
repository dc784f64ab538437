"""What every trial of one job shares: data, candidate cards and the probe's heads. Picklable, torch-free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Example
from automl_tl.zoo.card import ModelCard

__all__ = ["CurvePoint", "LabelledInputs", "LinearHead", "TrialOutcome", "Workload"]


@dataclass(frozen=True)
class LabelledInputs:
    """Decoded inputs with their labels: ``inputs`` of length N and ``labels`` int64 (N,)."""

    inputs: tuple[Example, ...]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass(frozen=True)
class LinearHead:
    """A linear classifier on raw (unstandardised) embeddings: logits = features @ weight.T + bias.

    ``weight`` is float32 (C, D), ``bias`` float32 (C,). Any standardisation is folded in.
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]

    def logits(self, features: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return logits float32 (N, C) of embeddings (N, D)."""
        return np.asarray(features @ self.weight.T + self.bias, dtype=np.float32)

    def probabilities(self, features: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return class probabilities float32 (N, C) of embeddings (N, D)."""
        logits = self.logits(features).astype(np.float64)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)


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


@dataclass(frozen=True)
class CurvePoint:
    """One point of a learning curve.

    ``update`` counts optimiser steps, ``fraction`` is the share of the full run in (0, 1], or 0 for the starting
    point (the pretrained backbone with the linear probe's head); ``seconds`` counts from the trial's start,
    ``metrics`` are validation figures by name (the job's metric is among them).
    """

    update: int
    fraction: float
    seconds: float
    train_loss: float
    metrics: Mapping[str, float] = field(default_factory=dict)


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
