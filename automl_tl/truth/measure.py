"""Measure one cell: fine-tune one candidate on one draw of a data set and test it."""

from __future__ import annotations

import logging
import math
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import AutomlError
from automl_tl.finetune.device import borrowed_torch
from automl_tl.finetune.evaluate import predict_rows
from automl_tl.finetune.fitted import load
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.probe_head import choose_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.base import strategies
from automl_tl.finetune.trial import run_trial
from automl_tl.finetune.workload import Workload
from automl_tl.pipeline.inputs import labelled_inputs
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.probe.embeddings import Embeddings
from automl_tl.probe.extract import embed
from automl_tl.truth.table import Measurement
from automl_tl.truth.task import TruthTask
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import ModelCard

__all__ = ["STRATEGY", "measure", "recipe_of"]

_LOG = logging.getLogger(__name__)

STRATEGY = "full_finetune"
"""How candidates are fine-tuned: with this strategy's own default recipe."""


def measure(
    task: TruthTask,
    card: ModelCard,
    *,
    load_model: Callable[[ModelCard], LoadedModel],
    cache: EmbeddingCache | None = None,
    threads: int = 1,
    updates: int = 0,
) -> Measurement:
    """Fine-tune a candidate by its default recipe, choose the checkpoint on validation, and test it.

    Parameters
    ----------
    updates
        Optimiser steps in place of the recipe's own; 0 keeps those.

    Returns
    -------
    The measurement; a candidate that fails has its reason in ``error`` and NaN for figures.
    """
    started = time.perf_counter()
    blank = Measurement(
        data=task.data,
        model=card.id,
        seed=task.seed,
        rows=len(task.train) + len(task.validation),
        updates=recipe_of(card, len(task.train), updates).updates,
        metric=task.metric,
        fine_tuned=math.nan,
        probe=math.nan,
        validation=math.nan,
        seconds=0.0,
        task=task.digest,
    )
    try:
        with borrowed_torch(threads=threads, seed=task.seed):
            fine_tuned, probe, validation = _figures(task, card, load_model, cache, threads, updates)
    except AutomlError as error:
        row = replace(blank, error=" ".join(error.message.split()))
    except Exception as error:  # days of measuring must not end with one model that nobody has met before
        _LOG.error("%s on %s failed", card.id, task.data, exc_info=error)
        row = replace(blank, error=f"unexpected {type(error).__name__}: {' '.join(str(error).split())[:200]}")
    else:
        row = replace(blank, fine_tuned=fine_tuned, probe=probe, validation=validation)
    return replace(row, seconds=time.perf_counter() - started)


def recipe_of(card: ModelCard, n_train: int, updates: int) -> Recipe:
    """Return how a candidate is fine-tuned."""
    defaults = dict(strategies.get(STRATEGY).defaults(card, n_train))
    return Recipe.from_parameters(STRATEGY, {**defaults, **({"updates": updates} if updates else {})})


def _figures(
    task: TruthTask,
    card: ModelCard,
    load_model: Callable[[ModelCard], LoadedModel],
    cache: EmbeddingCache | None,
    threads: int,
    updates: int,
) -> tuple[float, float, float]:
    recipe = recipe_of(card, len(task.train), updates)
    embeddings = embed(load_model(card), task.target.dataset, _all_rows(task), cache=cache)
    with tempfile.TemporaryDirectory(prefix="automl-tl-truth-") as folder:
        return _fine_tuned(task, card, recipe, embeddings, load_model, Path(folder), threads)


def _all_rows(task: TruthTask) -> NDArray[np.int64]:
    return np.concatenate([task.train, task.validation, task.test])


def _fine_tuned(
    task: TruthTask,
    card: ModelCard,
    recipe: Recipe,
    embeddings: Embeddings,
    load_model: Callable[[ModelCard], LoadedModel],
    folder: Path,
    threads: int,
) -> tuple[float, float, float]:
    """Return the metric of the fine-tuned model and of the probe on test, and of the first on validation."""
    workload = Workload(
        modality=task.target.dataset.modality,
        task=task.target.task,
        class_names=task.target.class_names,
        metric=task.metric,
        train=labelled_inputs(task.target, task.train),
        validation=labelled_inputs(task.target, task.validation),
        cards={card.id: card},
        train_features={card.id: embeddings.select(task.train)},
        validation_features={card.id: embeddings.select(task.validation)},
        heads={},
        checkpoint_root=folder,
        threads=threads,
    )
    head, _ = choose_head(workload, card.id, seed=task.seed)
    outcome = run_trial(
        replace(workload, heads={card.id: head}),
        trial="truth",
        model=card.id,
        recipe=recipe,
        seed=task.seed,
        report=lambda point: True,
        remaining=lambda: math.inf,
        load_model=load_model,
    )
    metric, labels = metrics.get(task.metric), task.labels(task.test)
    answers = predict_rows(load(outcome.checkpoint), task.target, task.test)
    return (
        metric.value(labels, answers.probabilities),
        metric.value(labels, head.probabilities(embeddings.select(task.test))),
        outcome.best.metrics[task.metric],
    )
