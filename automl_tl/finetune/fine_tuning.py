"""Train a classifier along the rungs and keep the best of its points."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch

from automl_tl.data.on_demand import ExamplesOnDemand
from automl_tl.errors import TrialFailed
from automl_tl.finetune.choice import Choice
from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.clock import Clock, no_limit
from automl_tl.finetune.head_refit import refit_head
from automl_tl.finetune.loop import Progress, train
from automl_tl.finetune.loop_state import LoopState
from automl_tl.finetune.metrics import Metric, improves, metrics
from automl_tl.finetune.objective import Objective
from automl_tl.finetune.prepared import MEMORY_LIMIT, PreparedInputs
from automl_tl.finetune.ranks.group import Ranks
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.base import strategies
from automl_tl.finetune.tasks.base import learning_tasks
from automl_tl.finetune.training_data import TrainingData
from automl_tl.finetune.validate import validate
from automl_tl.finetune.windows import Blocks
from automl_tl.finetune.workload import CurvePoint, LabelledInputs, SoFar, Workload

__all__ = [
    "Climb",
    "fine_tune",
    "freezes_statistics",
    "objective_of",
    "settled",
    "training_data",
    "updates_per_look",
]

_FEW_EXAMPLES = 2_000
"""Two MobileNets on 320 to 1,200 rows of three data sets: frozen 0.819 mean test accuracy, trained 0.764."""
_FORWARD = 0.4
"""Of an update, for an example that only passes forward: a third is usual, the rest is caution."""


@dataclass(frozen=True)
class Climb:
    """What a run gave: the point that was kept, every point, and why it ended early ("" if it did not).

    ``micro_batch`` is the number of examples of one forward pass at the end, 0 if nothing was trained.
    """

    best: CurvePoint
    curve: tuple[CurvePoint, ...]
    stopped: str
    micro_batch: int = 0


def fine_tune(
    classifier: Classifier,
    workload: Workload,
    recipe: Recipe,
    *,
    seed: int,
    device: torch.device,
    start: CurvePoint | None,
    keep: Callable[[CurvePoint], None],
    report: Callable[[CurvePoint], bool],
    remaining: Callable[[], float],
    started: float | None = None,
    resume: tuple[LoopState, tuple[CurvePoint, ...]] | None = None,
    until: float = 1.0,
    keep_state: Callable[[LoopState, tuple[CurvePoint, ...]], None] | None = None,
    ranks: Ranks | None = None,
) -> Climb:
    """Train in place; call ``keep`` whenever the present weights are the ones to keep (see Choice).

    Parameters
    ----------
    start
        The untrained classifier's point, already kept by the caller; None if the first rung is the first point.
    remaining
        Seconds left; minus infinity means that the run was cancelled, and not even a last look is taken.
    started
        ``time.perf_counter()`` at the start of the trial, or what it would have been without a pause.
    resume
        Where an earlier call with the same arguments was paused: what ``keep_state`` was given last.
    until
        Share of the run, in (0, 1], after which this call ends as if the scheduler had stopped it.
    keep_state
        Called at every look before the last with what ``resume`` wants, after ``keep``.
    ranks
        The processes that train together, of which this is the first; the others follow (see
        :func:`automl_tl.finetune.ranks.follow.follow`).

    Raises
    ------
    TrialFailed
        If training diverges, does not fit into memory, or time ran out before a first point.
    """
    began = time.perf_counter() if started is None else started
    watched = remaining if ranks is None else no_limit
    data = training_data(classifier, workload, device, remaining=watched)
    validation = PreparedInputs(classifier.backbone, workload.validation.inputs, device, remaining=watched)
    strategy = strategies.get(recipe.strategy)
    clock = Clock(remaining, updates_per_look=updates_per_look(workload, recipe))
    strategy.prepare(classifier, recipe, seed=seed)
    curve = list(resume[1]) if resume else [] if start is None else [start]
    metric = metrics.get(workload.metric)
    choice, stopped, patient, micro_batch = Choice(metric, len(validation), start), "", True, 0
    looks = curve[-1].looks if curve else 0.0
    for point in curve[0 if start is None else 1 :]:
        choice.offer(point)
    for progress in train(
        classifier,
        strategy.parameter_groups(classifier, recipe),
        data,
        recipe,
        seed=seed,
        device=device,
        freeze_statistics=start is not None and freezes_statistics(recipe, len(workload.train)),
        out_of_time=clock.out_of_time if ranks is None else ranks.agreed(clock.out_of_time),
        objective=objective_of(workload, recipe),
        resume=resume[0] if resume else None,
        until=until,
        ranks=ranks,
        compiled=workload.compiled,
    ):
        if progress.out_of_time:
            stopped = "cancelled" if remaining() == -math.inf else "deadline"
        if stopped == "cancelled":
            break
        if progress.update == (curve[-1].update if curve else 0):
            continue
        micro_batch = progress.micro_batch
        looked = time.perf_counter()
        with clock.look():
            if strategy.refits_head:
                refit_head(classifier, data, recipe, seed=seed, device=device)
            figures = validate(classifier, validation, workload.validation.labels, device)
            weights: AbstractContextManager[None] = nullcontext()
            if progress.average is not None and not strategy.refits_head:
                with progress.average.in_place(classifier):
                    averaged = validate(classifier, validation, workload.validation.labels, device)
                if improves(metric, averaged, figures):
                    figures, weights = averaged, progress.average.in_place(classifier)
            now = time.perf_counter()
            point = _point(progress, figures, now - began, looks + now - looked)
            curve.append(point)
            if choice.offer(point):
                with weights:
                    keep(point)
            if keep_state and progress.fraction < 1 and not stopped:
                keep_state(progress.state(), tuple(curve))
        looks += time.perf_counter() - looked
        if not report(_reported(choice, curve)):
            stopped = stopped or ("" if progress.fraction >= 1 else "scheduler")
            break
        patient = not recipe.patience or _stalled(metric, curve) < recipe.patience
        if not patient:
            break
    if choice.best is None:
        raise TrialFailed(
            "the time was used up before the first update; give the search more time", field="budget"
        )
    if not stopped and patient and curve[-1].fraction < 1:
        stopped = "scheduler"
    return Climb(best=choice.best, curve=tuple(curve), stopped=stopped, micro_batch=micro_batch)


def _reported(choice: Choice, curve: Sequence[CurvePoint]) -> CurvePoint:
    """Return the last point with what the run is at it: whoever hears of it may never hear of the outcome."""
    kept = curve[-1] if choice.best is None else choice.best
    return dataclasses.replace(curve[-1], so_far=SoFar(tuple(curve[:-1]), kept.update))


def _stalled(metric: Metric, curve: Sequence[CurvePoint]) -> int:
    """Return how many of the last points brought no better figure."""
    best = 0
    for index in range(1, len(curve)):
        if improves(metric, curve[index].metrics, curve[best].metrics):
            best = index
    return len(curve) - 1 - best


def training_data(
    classifier: Classifier,
    workload: Workload,
    device: torch.device,
    *,
    remaining: Callable[[], float] = no_limit,
) -> TrainingData:
    """Prepare the training part; classes are weighted where the job's metric counts them alike and they compete.

    Of a data set that is streamed it is all of it, and nothing is kept; only what solves a head uses the sample.
    Nor is anything kept where the seconds that are left are used up meanwhile.
    """
    if workload.whole is None:
        return _prepared(
            classifier, workload, workload.train, device, memory_limit=MEMORY_LIMIT, remaining=remaining
        )
    sample = _prepared(classifier, workload, workload.train, device, memory_limit=0)
    streamed = _prepared(classifier, workload, workload.whole.train, device, memory_limit=0)
    inputs = workload.whole.train.inputs
    if isinstance(inputs, ExamplesOnDemand) and (blocks := inputs.blocks) is not None:
        streamed = dataclasses.replace(streamed, blocks=Blocks(blocks, inputs.block_bytes))
    return dataclasses.replace(streamed, sample=sample)


def _prepared(
    classifier: Classifier,
    workload: Workload,
    part: LabelledInputs,
    device: torch.device,
    *,
    memory_limit: int,
    remaining: Callable[[], float] = no_limit,
) -> TrainingData:
    task = learning_tasks.get(workload.task)
    balanced = task.weighs_for_metric and metrics.get(workload.metric).balanced
    return TrainingData(
        inputs=PreparedInputs(classifier.backbone, part.inputs, device, memory_limit, remaining),
        labels=part.labels,
        class_weights=task.weights(part.labels, len(workload.class_names), balanced=balanced),
        groups=part.groups,
    )


def objective_of(workload: Workload, recipe: Recipe) -> Objective:
    """Return what a run minimises: what the task asks for, or else the strategy."""
    asked = learning_tasks.get(workload.task).objective(recipe, workload.train.labels, workload.metric)
    return asked or strategies.get(recipe.strategy).objective(recipe)


def updates_per_look(workload: Workload, recipe: Recipe) -> float:
    """Return about how many updates a look costs: a pass over validation, for a solved head over training too.

    With a moving average of the weights there are two passes over validation.
    """
    solved = strategies.get(recipe.strategy).refits_head
    passes = 2 if recipe.ema_decay and not solved else 1
    examples = passes * len(workload.validation) + (len(workload.train) if solved else 0)
    return _FORWARD * examples / recipe.batch_size + 1


def freezes_statistics(recipe: Recipe, n_train: int) -> bool:
    """Return whether batch norms keep the source's statistics: with few examples new ones are noise."""
    if not strategies.get(recipe.strategy).pretrained or recipe.batch_norm == "trained":
        return False
    if recipe.batch_norm == "frozen":
        return True
    return min(recipe.batch_size, n_train) < 8 or n_train < _FEW_EXAMPLES


def settled(recipe: Recipe, n_train: int) -> Recipe:
    """Return the recipe with what it leaves to the number of training examples decided for ``n_train``.

    Whoever repeats a run on more or fewer rows repeats that run and not one that the number of rows has changed.
    """
    strategy = strategies.get(recipe.strategy)
    if not strategy.trains_by_gradient or not strategy.pretrained or recipe.batch_norm != "size":
        return recipe
    return dataclasses.replace(recipe, batch_norm="frozen" if freezes_statistics(recipe, n_train) else "trained")


def _point(progress: Progress, figures: dict[str, float], seconds: float, looks: float) -> CurvePoint:
    return CurvePoint(
        update=progress.update,
        fraction=progress.fraction,
        seconds=seconds,
        train_loss=progress.train_loss,
        metrics=figures,
        looks=looks,
    )
