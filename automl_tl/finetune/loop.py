"""The training loop for small data: a generator that stops at every rung so that the caller can look."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from automl_tl.errors import TrialFailed
from automl_tl.finetune.augment import augment
from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.device import autocast, is_out_of_memory
from automl_tl.finetune.objective import CrossEntropy, Objective
from automl_tl.finetune.optimiser import Anchors, build_optimiser, freeze_others, set_rates
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.base import ParameterGroup
from automl_tl.finetune.training_data import TrainingData

__all__ = ["RUNGS", "Progress", "rung_updates", "train"]

RUNGS = (1 / 9, 1 / 3, 2 / 3, 1.0)
"""Shares of a run's updates at which it is validated: the rungs of the multi-fidelity scheduler."""

_CLIP = 1.0
_SEED_STRIDE = 1_000_003
_SMALLEST_MICRO_BATCH = 2


@dataclass(frozen=True)
class Progress:
    """A pause of the loop: ``update`` steps done, mean training loss since the last pause, and why it paused."""

    update: int
    fraction: float
    train_loss: float
    out_of_time: bool = False


def train(
    classifier: Classifier,
    groups: Sequence[ParameterGroup],
    data: TrainingData,
    recipe: Recipe,
    *,
    seed: int,
    device: torch.device,
    freeze_statistics: bool,
    out_of_time: Callable[[], bool],
    objective: Objective | None = None,
) -> Iterator[Progress]:
    """Train in place and yield at every rung, and once more when time runs out; the last yield ends the run.

    Parameters
    ----------
    freeze_statistics
        Keep batch norms on their stored statistics everywhere, not only in frozen blocks.
    out_of_time
        Asked before every update.
    objective
        What is minimised; cross-entropy with the recipe's label smoothing if not given.

    Raises
    ------
    TrialFailed
        If the loss is no longer finite, or a batch of two does not fit into memory.
    """
    minimised = objective or CrossEntropy(recipe.label_smoothing)
    optimiser = build_optimiser(groups, recipe)
    step = _Step(classifier, optimiser, minimised, data, recipe, device, seed)
    batches = minimised.batches(data.labels, recipe.batch_size, seed)
    stops, thaws = rung_updates(recipe.updates), _thaws(groups, recipe.updates)
    losses: list[float] = []
    frozen: list[nn.Module] = []
    for update in range(1, stops[-1] + 1):
        if out_of_time():
            yield Progress(update - 1, (update - 1) / recipe.updates, _mean(losses), out_of_time=True)
            return
        if update in thaws:
            freeze_others(classifier, thaws[update])
            frozen = _frozen_modules(classifier, freeze_statistics)
            _enter_training(classifier, frozen)
        set_rates(optimiser, recipe, update - 1)
        loss = step(next(batches), update)
        if not math.isfinite(loss):
            raise TrialFailed(
                f"the training loss became {loss} at update {update} of {recipe.updates} "
                f"(learning_rate {recipe.learning_rate:g}); try a smaller learning_rate",
                field="learning_rate",
            )
        losses.append(loss)
        if update in stops:
            yield Progress(update, update / recipe.updates, _mean(losses))
            losses = []
            _enter_training(classifier, frozen)


def rung_updates(updates: int) -> tuple[int, ...]:
    """Return the updates after which a run pauses, ascending and distinct; the last one ends it."""
    return tuple(sorted({math.ceil(round(rung * updates, 6)) for rung in RUNGS}))


def _thaws(groups: Sequence[ParameterGroup], updates: int) -> dict[int, list[ParameterGroup]]:
    """Return the groups that train from an update (counted from 1) on, for each update at which that changes."""
    firsts = [1 + math.ceil(round(group.start * updates, 6)) for group in groups]
    return {
        update: [group for group, first in zip(groups, firsts, strict=True) if first <= update]
        for update in {1, *firsts}
    }


class _Step:
    """One optimiser step; halves the micro-batch and accumulates gradients when memory runs out."""

    def __init__(
        self,
        classifier: Classifier,
        optimiser: torch.optim.Optimizer,
        objective: Objective,
        data: TrainingData,
        recipe: Recipe,
        device: torch.device,
        seed: int,
    ) -> None:
        self._seed = seed
        self._classifier = classifier
        self._optimiser = optimiser
        self._objective = objective
        self._anchors = Anchors(optimiser)
        self._data = data
        self._recipe = recipe
        self._device = device
        self._labels = torch.from_numpy(data.labels).to(device)
        self._weights = torch.from_numpy(data.class_weights).to(device)
        self._micro_batch = recipe.batch_size
        self._trained = [p for entry in optimiser.param_groups for p in entry["params"]]

    def __call__(self, indices: NDArray[np.int64], update: int) -> float:
        """Take the step and return the mean loss of the batch."""
        while True:
            try:
                loss = self._accumulate(indices, update)
                break
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                self._shrink(len(indices), error)
        torch.nn.utils.clip_grad_norm_(self._trained, _CLIP)
        self._optimiser.step()
        self._anchors.pull()
        return loss

    def _accumulate(self, indices: NDArray[np.int64], update: int) -> float:
        self._optimiser.zero_grad(set_to_none=True)
        generator = torch.Generator().manual_seed(self._seed * _SEED_STRIDE + update)
        targets = self._labels[torch.from_numpy(indices).to(self._device)]
        total = self._objective.total(targets, self._weights)
        batch = augment(self._data.inputs.batch(indices), self._recipe.augment, generator)
        summed = 0.0
        for start in range(0, len(indices), self._micro_batch):
            part = slice(start, start + self._micro_batch)
            with autocast(self._device):
                loss = self._objective.loss(
                    self._classifier,
                    {name: value[part] for name, value in batch.items()},
                    targets[part],
                    self._weights,
                )
            loss = loss / total
            loss.backward()
            summed += loss.item()
        return summed

    def _shrink(self, batch_size: int, error: BaseException) -> None:
        present = min(self._micro_batch, batch_size)
        if present // 2 < _SMALLEST_MICRO_BATCH:
            raise TrialFailed(
                f"out of memory: even {present} examples at a time do not fit "
                f"(batch_size {self._recipe.batch_size}); try a smaller model or more frozen blocks",
                field="batch_size",
            ) from error
        self._micro_batch = present // 2 // self._objective.granule * self._objective.granule
        self._optimiser.zero_grad(set_to_none=True)
        if self._device.type == "cuda":
            torch.cuda.empty_cache()


def _frozen_modules(classifier: Classifier, freeze_statistics: bool) -> list[nn.Module]:
    """Return the sub-networks without a trained parameter, and all batch norms if their statistics are frozen."""
    frozen = []
    for module in classifier.modules():
        parameters = list(module.parameters())
        untrained = bool(parameters) and not any(parameter.requires_grad for parameter in parameters)
        if untrained or (freeze_statistics and isinstance(module, nn.modules.batchnorm._BatchNorm)):
            frozen.append(module)
    return frozen


def _enter_training(classifier: Classifier, frozen: Sequence[nn.Module]) -> None:
    """Train what trains; frozen sub-networks stay in evaluation mode so that not even their statistics move."""
    classifier.train()
    for module in frozen:
        module.eval()


def _mean(losses: Sequence[float]) -> float:
    return sum(losses) / len(losses) if losses else float("nan")
