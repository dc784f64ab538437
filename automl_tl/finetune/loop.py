"""The training loop for small data: a generator that stops at every rung so that the caller can look."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from automl_tl.errors import TrialFailed
from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.loop_state import LoopState, capture, restore
from automl_tl.finetune.objective import CrossEntropy, Objective
from automl_tl.finetune.optimiser import build_optimiser, freeze_others, set_rates
from automl_tl.finetune.pace import Pace
from automl_tl.finetune.ranks.group import Ranks
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.step import Step
from automl_tl.finetune.strategies.base import ParameterGroup
from automl_tl.finetune.training_data import TrainingData
from automl_tl.finetune.weight_average import WeightAverage

__all__ = ["RUNGS", "Progress", "rung_updates", "train", "updates_until"]

RUNGS = (1 / 9, 1 / 3, 2 / 3, 1.0)
"""Shares of a run's updates at which it is validated: the rungs of the multi-fidelity scheduler."""


@dataclass(frozen=True)
class Progress:
    """A pause of the loop: ``update`` steps done, mean training loss since the last pause, and why it paused.

    ``state`` returns what the loop needs to go on from here; it copies all weights, so call it only to keep it.
    ``average`` is the moving average of the weights, None where the recipe wants none; ``micro_batch`` counts the
    examples of one forward pass, fewer than the recipe's batch size where memory ran out.
    """

    update: int
    fraction: float
    train_loss: float
    state: Callable[[], LoopState]
    out_of_time: bool = False
    average: WeightAverage | None = None
    micro_batch: int = 0


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
    resume: LoopState | None = None,
    until: float = 1.0,
    ranks: Ranks | None = None,
    compiled: bool = False,
    pace: Pace | None = None,
) -> Iterator[Progress]:
    """Train in place and yield at every rung, and once more when time runs out; the last yield ends the run.

    Every update seeds torch's global generators, from ``seed`` and its own number.

    Parameters
    ----------
    freeze_statistics
        Keep batch norms on their stored statistics everywhere, not only in frozen blocks.
    out_of_time
        Asked before every update.
    objective
        What is minimised; cross-entropy as the recipe asks for it if not given.
    resume
        Where an earlier call with the same arguments paused; ``classifier`` must be as it was at its start. What
        follows is then bit for bit what that call would have done, with as many threads on the same device.
    until
        Share of the run, in (0, 1], after which this call ends, with a pause there. The schedule is the whole
        run's. Rungs end no update differently, so ``until`` changes no later one.
    ranks
        The processes that train together, this one among them: all call this with the same arguments, and
        ``out_of_time`` must tell all the same. What they train is what one process would, but for rounding.
    compiled
        Whether the backbone is compiled; not with ``ranks``: one that cannot would hold up the others.
    pace
        How the run may hurry, for one that is neither resumed nor looked at on the way; None if it does not.

    Raises
    ------
    TrialFailed
        If the loss is no longer finite, or a batch of two does not fit into memory.
    DataCorrupted
        If ``resume`` belongs to another network or recipe.
    """
    # Convolutions on channels-last tensors are up to 1.5 times as fast on a CPU and never slower.
    classifier.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    minimised = objective or CrossEntropy.of(recipe)
    optimiser = build_optimiser(groups, recipe)
    step = Step(classifier, optimiser, minimised, data, recipe, device, seed, ranks, compiled=compiled)
    batches = data.batches(minimised.batches, recipe.batch_size, seed)
    last = updates_until(recipe.updates, until)
    stops, thaws = {*rung_updates(recipe.updates), last}, _thaws(groups, recipe.updates)
    losses: list[float] = []
    done = 0
    classifier.dropout.p = recipe.dropout
    average = None
    if recipe.ema_decay > 0:
        trained = [parameter for group in groups for parameter in group.parameters]
        average = WeightAverage(classifier, trained, recipe.ema_decay)
    if resume is None and recipe.head_start == "random":
        classifier.forget_head(seed=seed)
    if resume is not None:
        restore(classifier, optimiser, resume.tensors)
        step.precision.take(resume.tensors)
        if average is not None:
            average.take(resume.tensors)
        step.micro_batch, done, losses = resume.micro_batch, resume.update, list(resume.losses)
        batches = itertools.islice(batches, done, None)
    batches = step.ahead(itertools.islice(batches, max(last - done, 0)))
    pace = pace or Pace(recipe.updates)
    if ranks is not None:
        ranks.spread(classifier)

    def pause(update: int, *, late: bool = False) -> Progress:
        unseen = () if update in stops else tuple(losses)

        def state() -> LoopState:
            tensors = capture(classifier, optimiser) | step.precision.tensors()
            return LoopState(update, step.micro_batch, unseen, tensors | (average.tensors() if average else {}))

        share = update / recipe.updates
        return Progress(update, share, _mean(losses), state, late, average, step.micro_batch)

    update, thawed, frozen = done, 0, list[nn.Module]()
    while update < min(last, pace.total):
        if out_of_time():
            yield pause(update, late=True)
            return
        place = pace.place(update)
        update += 1
        if (due := max(first for first in thaws if first <= place + 1)) != thawed:
            thawed, frozen = due, _enter(classifier, thaws[due], freeze_statistics)
        set_rates(optimiser, recipe, place)
        loss = step(next(batches), update)
        if not math.isfinite(loss):
            raise TrialFailed(
                f"the training loss became {loss} at update {update} of {recipe.updates} "
                f"(learning_rate {recipe.learning_rate:g}); try a smaller learning_rate",
                field="learning_rate",
            )
        losses.append(loss)
        if average is not None:
            average.follow(classifier, update)
        if update in stops or update == pace.total:
            yield pause(update)
            losses.clear()
            _train_mode(classifier, frozen)


def rung_updates(updates: int) -> tuple[int, ...]:
    """Return the updates after which a run pauses, ascending and distinct; the last one ends it."""
    return tuple(sorted({updates_until(updates, rung) for rung in RUNGS}))


def updates_until(updates: int, share: float) -> int:
    """Return how many of ``updates`` a share of the run in (0, 1] is, at least 1."""
    return max(1, math.ceil(round(share * updates, 6)))


def _thaws(groups: Sequence[ParameterGroup], updates: int) -> dict[int, list[ParameterGroup]]:
    """Return the groups that train from an update (counted from 1) on, for each update at which that changes."""
    firsts = [1 + math.ceil(round(group.start * updates, 6)) for group in groups]
    return {
        update: [group for group, first in zip(groups, firsts, strict=True) if first <= update]
        for update in {1, *firsts}
    }


def _enter(classifier: Classifier, groups: Sequence[ParameterGroup], freeze_statistics: bool) -> list[nn.Module]:
    """Let these groups train from now on and return the sub-networks that stay in evaluation mode."""
    freeze_others(classifier, groups)
    frozen = _frozen_modules(classifier, freeze_statistics)
    _train_mode(classifier, frozen)
    return frozen


def _frozen_modules(classifier: Classifier, freeze_statistics: bool) -> list[nn.Module]:
    """Return the sub-networks without a trained parameter, and all batch norms if their statistics are frozen."""
    frozen = []
    for module in classifier.modules():
        parameters = list(module.parameters())
        untrained = bool(parameters) and not any(parameter.requires_grad for parameter in parameters)
        if untrained or (freeze_statistics and isinstance(module, nn.modules.batchnorm._BatchNorm)):
            frozen.append(module)
    return frozen


def _train_mode(classifier: Classifier, frozen: Sequence[nn.Module]) -> None:
    """Train what trains; frozen sub-networks stay in evaluation mode so that not even their statistics move."""
    classifier.train()
    for module in frozen:
        module.eval()


def _mean(losses: Sequence[float]) -> float:
    return sum(losses) / len(losses) if losses else float("nan")
