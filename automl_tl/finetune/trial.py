"""Run one trial: from the linear probe's head, along the rungs, to the best checkpoint on disk."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.device import borrowed_torch, choose_device
from automl_tl.finetune.fine_tuning import fine_tune
from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.loop_state import LoopState
from automl_tl.finetune.metrics import all_metrics
from automl_tl.finetune.ranks.group import Ranks
from automl_tl.finetune.ranks.supervisor import run_on_ranks
from automl_tl.finetune.ranks.task import RankTask
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.resume import resumable, take_checkpoint
from automl_tl.finetune.start import LoadModel, starting_classifier
from automl_tl.finetune.strategies.base import strategies
from automl_tl.finetune.training_state import TrainingState, state_file, write_state
from automl_tl.finetune.workload import CurvePoint, LinearHead, TrialOutcome, Workload

__all__ = ["LoadModel", "fitted_on_probe", "run_trial"]


def run_trial(
    workload: Workload,
    *,
    trial: str,
    model: str,
    recipe: Recipe,
    seed: int,
    report: Callable[[CurvePoint], bool],
    remaining: Callable[[], float],
    load_model: LoadModel,
    resume_from: Path | None = None,
    until: float = 1.0,
    ranks: Ranks | None = None,
) -> TrialOutcome:
    """Run one trial and leave its best checkpoint in ``workload.checkpoint_root / trial``.

    A gradient strategy starts from the pretrained backbone with the linear probe's head. That is the first point
    of the curve (update 0, not reported) and the first checkpoint; a later point replaces it only if validation
    likes it better. So no such trial ends below the linear probe of its model, and a usable model lies on disk
    from the first seconds on. A linear probe has one point, at fraction 1; of other layers than the model's own
    it embeds the inputs anew.

    At every rung before the last the trial leaves its state in ``state_file(workload.checkpoint_root, trial)``; a
    full run takes it away. Where ``workload.devices`` are several, as many processes train together and end with
    this call; the outcome is that of one process but for rounding. A trial that goes on from a state ends with
    the weights, the curve and the checkpoint of one that was never interrupted, bit for bit on as many threads of
    the same device; only seconds differ.

    Parameters
    ----------
    report
        Called with every further point; returns False when the trial must stop.
    remaining
        Seconds that are left, possibly negative; infinity where there is no limit.
    resume_from
        State of this trial, or of another with the same model, recipe and seed. Its points are part of the curve
        but not reported again, its seconds count, and its checkpoint must lie beside it.
    until
        Share of the full run, in (0, 1], at which to stop. The outcome's ``stopped`` is then ``scheduler``.
    ranks
        Given to the first of the processes that train together, and to nobody else.

    Raises
    ------
    TrialFailed
        If training diverges or does not fit into memory, or one of several processes dies.
    NotFound, DataCorrupted, FailedPrecondition
        If ``resume_from`` cannot be used; the trial can still be run from its start.
    """
    strategy = strategies.get(recipe.strategy)
    if workload.devices > 1 and ranks is None and strategy.trains_by_gradient:
        return run_on_ranks(
            RankTask(workload, trial, model, recipe, seed, resume_from, until),
            report=report,
            remaining=remaining,
            load_model=load_model,
        )
    paused = None if resume_from is None else resumable(resume_from, model=model, recipe=recipe, seed=seed)
    started = time.perf_counter() - (paused.curve[-1].seconds if paused else 0.0)
    checkpoint = workload.checkpoint_root / trial
    with borrowed_torch(threads=workload.threads, seed=seed):
        classifier, workload = starting_classifier(
            workload, model, recipe, seed=seed, load_model=load_model, remaining=remaining
        )
        head = classifier.linear_head()

        def keep_state(loop: LoopState, curve: tuple[CurvePoint, ...]) -> None:
            state = TrainingState(trial, model, recipe, seed, curve, loop)
            write_state(state, state_file(workload.checkpoint_root, trial))

        def keep(point: CurvePoint) -> None:
            notes = {"trial": trial, "seed": seed, "update": point.update, "validation": dict(point.metrics)}
            _fitted(strategy.plain(classifier), workload, recipe, notes).save(checkpoint)

        if not strategy.trains_by_gradient:
            point = _probe_point(workload, model, head, fraction=1.0, started=started)
            keep(point)
            report(point)
            return TrialOutcome(point, (point,), checkpoint, time.perf_counter() - started)
        if paused is not None and resume_from is not None:
            start = paused.curve[0]
            take_checkpoint(resume_from, paused, checkpoint)
        else:
            start = _probe_point(workload, model, head, fraction=0.0, started=started)
            keep(start)
        device = choose_device(workload.device) if ranks is None else ranks.device
        climb = fine_tune(
            classifier.to(device),
            workload,
            recipe,
            seed=seed,
            device=device,
            start=start,
            keep=keep,
            report=report,
            remaining=remaining,
            started=started,
            resume=None if paused is None else (paused.loop, paused.curve),
            until=until,
            keep_state=keep_state,
            ranks=ranks,
        )
    if not climb.stopped:
        state_file(workload.checkpoint_root, trial).unlink(missing_ok=True)
    seconds = time.perf_counter() - started
    return TrialOutcome(climb.best, climb.curve, checkpoint, seconds, climb.stopped, climb.micro_batch)


def fitted_on_probe(workload: Workload, model: str, head: LinearHead, load_model: LoadModel) -> FittedModel:
    """Return a copy of the backbone of ``model`` with its card's layers and a linear probe's head."""
    card = workload.cards[model]
    loaded = load_model(card)
    backbone = replace(loaded, backbone=copy.deepcopy(loaded.backbone)).with_layers(card.input.layers).backbone
    classifier = Classifier(backbone, head)
    return _fitted(classifier, workload, Recipe(strategy="linear_probe"), {})


def _probe_point(
    workload: Workload, model: str, head: LinearHead, *, fraction: float, started: float
) -> CurvePoint:
    """Score the pretrained backbone with this head from the cached features; no forward pass is needed."""
    train = all_metrics(workload.train.labels, head.probabilities(workload.train_features[model]))
    validation = all_metrics(workload.validation.labels, head.probabilities(workload.validation_features[model]))
    return CurvePoint(
        update=0,
        fraction=fraction,
        seconds=time.perf_counter() - started,
        train_loss=train.get("log_loss", (train.get("rmse", math.nan) / head.unit[1]) ** 2),
        metrics=validation,
    )


def _fitted(classifier: Classifier, workload: Workload, recipe: Recipe, notes: dict[str, object]) -> FittedModel:
    return FittedModel.of(classifier, workload.class_names, task=workload.task, recipe=recipe, notes=notes)
