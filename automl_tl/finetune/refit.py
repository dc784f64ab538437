"""Retrain the winner on train and validation together: the last examples, spent once the choice is made."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable

from automl_tl.errors import TrialFailed
from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.clock import Clock
from automl_tl.finetune.device import borrowed_torch, choose_device
from automl_tl.finetune.fine_tuning import freezes_statistics, training_data, updates_per_look
from automl_tl.finetune.fitted import FittedModel, load
from automl_tl.finetune.head_refit import refit_head
from automl_tl.finetune.loop import train
from automl_tl.finetune.metrics import all_metrics, metrics
from automl_tl.finetune.probe_head import merged, recipe_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.soup import average
from automl_tl.finetune.strategies.base import strategies
from automl_tl.finetune.trial import LoadModel
from automl_tl.finetune.workload import TrialOutcome, Workload

__all__ = ["refit"]


def refit(
    workload: Workload,
    outcome: TrialOutcome,
    *,
    model: str,
    recipe: Recipe,
    seed: int,
    remaining: Callable[[], float],
    load_model: LoadModel,
) -> FittedModel:
    """Return the winner retrained on train + validation, or its checkpoint where that is the safer model.

    A linear probe gets its head refitted. A fine-tuned model repeats its run with as many updates as the kept
    point had, the rate falling to zero over them, and its weights are averaged with the checkpoint's: both come
    from the same pretrained weights, and the mean of two runs depends less on the luck of either. Only a head that
    was solved on the embeddings of one backbone does not fit the mean of two: it keeps its own. The checkpoint
    alone is returned if time runs out, training fails, or the new model is worse than it on the validation
    examples, which it has now seen: it then went wrong.

    Parameters
    ----------
    workload
        The search's workload; train and validation are merged here.
    outcome
        How the winning trial ended.
    """
    checkpoint = load(outcome.checkpoint)
    try:
        fitted = _retrain(merged(workload), outcome, model, recipe, seed, remaining, load_model)
    except TrialFailed:
        return checkpoint
    if fitted is None:
        return checkpoint
    if outcome.best.update > 0 and not strategies.get(recipe.strategy).refits_head:
        notes = {**fitted.notes, "averaged_with": "the checkpoint of the winning trial"}
        fitted = dataclasses.replace(average([fitted, checkpoint]), notes=notes)
    metric, validation = metrics.get(workload.metric), workload.validation
    figure = all_metrics(validation.labels, fitted.predict_proba(validation.inputs))[metric.name]
    return checkpoint if metric.better(outcome.best.metrics[metric.name], figure) else fitted


def _retrain(
    workload: Workload,
    outcome: TrialOutcome,
    model: str,
    recipe: Recipe,
    seed: int,
    remaining: Callable[[], float],
    load_model: LoadModel,
) -> FittedModel | None:
    """Return the retrained model, or None if there was not enough time."""
    if remaining() <= 0:
        return None
    strategy = strategies.get(recipe.strategy)
    head = recipe_head(workload, model, recipe, seed=seed)
    with borrowed_torch(threads=workload.threads, seed=seed):
        classifier = Classifier(copy.deepcopy(load_model(workload.cards[model]).backbone), head)
        if strategy.trains_by_gradient and outcome.best.update > 0:
            device = choose_device(workload.device)
            shortened = dataclasses.replace(recipe, updates=outcome.best.update)
            clock = Clock(remaining, updates_per_look=updates_per_look(workload, recipe))
            data = training_data(classifier.to(device), workload, device)
            strategy.prepare(classifier, recipe, seed=seed)
            for progress in train(
                classifier,
                strategy.parameter_groups(classifier, recipe),
                data,
                shortened,
                seed=seed,
                device=device,
                freeze_statistics=freezes_statistics(recipe, len(workload.train)),
                out_of_time=clock.out_of_time,
                objective=strategy.objective(recipe),
            ):
                if progress.out_of_time:
                    return None
            if strategy.refits_head:
                refit_head(classifier, data, recipe, seed=seed, device=device)
            classifier = strategy.plain(classifier)
    classifier.cpu().eval()
    notes = {"seed": seed, "update": outcome.best.update, "trained_on": "train + validation"}
    return FittedModel.of(classifier, workload.class_names, task=workload.task, recipe=recipe, notes=notes)
