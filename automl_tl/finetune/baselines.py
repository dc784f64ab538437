"""What a fitted model is compared with: a constant answer, a linear probe, and the same network from scratch.

A transfer that loses to one of them is a negative transfer (Wang et al., CVPR 2019), and the report must show it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import TrialFailed
from automl_tl.finetune.classifier import random_head
from automl_tl.finetune.clock import no_limit
from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.metrics import all_metrics, improves, metrics
from automl_tl.finetune.probe_choice import choose_probe, plain_probes
from automl_tl.finetune.probe_head import choose_head, merged
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.straight_run import straight_run
from automl_tl.finetune.strategies.rates import SCRATCH_RATE
from automl_tl.finetune.tasks.base import Constant, learning_tasks, task_of_labels
from automl_tl.finetune.trial import LoadModel, fitted_on_probe
from automl_tl.finetune.workload import Workload

__all__ = ["best_probe", "constant_answer", "from_scratch", "linear_probe", "majority_class"]


def majority_class(
    train_labels: NDArray[np.int64], rows: NDArray[np.int64], labels: NDArray[np.int64], n_classes: int
) -> Predictions:
    """Return the class shares of the training part as every row's probabilities."""
    shares = np.bincount(train_labels, minlength=n_classes) / max(1, len(train_labels))
    return Predictions(rows=rows, labels=labels, probabilities=np.tile(shares.astype(np.float32), (len(rows), 1)))


def constant_answer(
    train_labels: NDArray[Any], rows: NDArray[np.int64], labels: NDArray[Any], outputs: int, *, metric: str
) -> tuple[Constant, Predictions]:
    """Return the best answer that does not look at the input, and it as every row's answer."""
    constant = task_of_labels(train_labels).constant(train_labels, outputs, metric)
    answers = np.tile(constant.answers, (len(rows), 1))
    return constant, Predictions(rows=rows, labels=labels, probabilities=answers)


def best_probe(workload: Workload, *, seed: int, remaining: Callable[[], float] = no_limit) -> str:
    """Return the id of the model with the best linear probe, by the rows that were held out from it.

    Where no time is left it is the one that validation puts first: those heads are fitted already.
    """
    if remaining() <= 0:
        return _first_on_validation(workload)
    choice = choose_probe(workload, plain_probes(workload, seed=seed), seed=seed, remaining=remaining)
    return choice.runs[0].model


def _first_on_validation(workload: Workload) -> str:
    metric, labels, best = metrics.get(workload.metric), workload.validation.labels, ""
    figures = {
        model: all_metrics(labels, head.probabilities(workload.validation_features[model]))
        for model, head in workload.heads.items()
    }
    for model, found in figures.items():
        if not best or improves(metric, found, figures[best]):
            best = model
    return best


def linear_probe(
    workload: Workload,
    *,
    seed: int,
    load_model: LoadModel,
    model: str = "",
    remaining: Callable[[], float] = no_limit,
) -> FittedModel:
    """Return the best linear probe, its head fitted on train and validation together as the final model is.

    Parameters
    ----------
    model
        Id of the model with the best probe where that is known already, else "".
    remaining
        Seconds left for finding that out; the probe itself is always made.
    """
    model = model or best_probe(workload, seed=seed, remaining=remaining)
    head, _ = choose_head(merged(workload), model, seed=seed)
    return fitted_on_probe(workload, model, head, load_model)


def from_scratch(
    workload: Workload,
    *,
    model: str,
    recipe: Recipe,
    seed: int,
    remaining: Callable[[], float],
    load_model: LoadModel,
) -> FittedModel:
    """Return the winner's architecture trained from random weights for all ``recipe.updates`` updates.

    The rate is the one that suits random weights and is the same in every block; it falls to zero, and the last
    point is the one that counts: nothing is chosen on validation, so ``workload.train`` may hold those rows too.
    Where ``workload.devices`` are several, it is divided over them as the winner is.

    Parameters
    ----------
    recipe
        Batch size, augmentation and number of updates; rates, optimiser and frozen blocks are not the winner's.

    Raises
    ------
    TrialFailed
        If training diverges, or time runs out before its end: half a run would make any rival look good.
    """
    scratch = dataclasses.replace(
        recipe,
        strategy="from_scratch",
        optimiser="adamw",
        learning_rate=SCRATCH_RATE,
        head_multiplier=1.0,
        layer_decay=1.0,
        ema_decay=0.0,
        inverse_regularisation=0.0,
    )
    # Its first step is to forget this head, so nothing is solved for it.
    width = load_model(workload.cards[model]).backbone.embedding_size
    drawn = random_head(len(workload.class_names), width, seed=seed)
    head = learning_tasks.get(workload.task).blank(drawn, workload.train.labels)
    fitted = straight_run(
        dataclasses.replace(workload, heads={model: head}),
        model=model,
        recipe=scratch,
        updates=scratch.updates,
        seed=seed,
        remaining=remaining,
        load_model=load_model,
    )
    if fitted is None:
        raise TrialFailed(f"the time was used up before the end of {scratch.updates} updates", field="budget")
    return fitted
