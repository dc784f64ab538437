"""The linear probe of a workload's model: its features, its head and its figures."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from automl_tl.finetune.clock import no_limit
from automl_tl.finetune.head_work import is_quick
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.tasks.base import learning_tasks
from automl_tl.finetune.workload import HeadChoice, LinearHead, Workload

__all__ = ["choose_head", "merged", "recipe_head", "settle_head", "settled_head", "solve_head"]

_REPEATABLE = 0.25
"""A choice that took more than this share of the seconds it had is not made again for other rows."""


def solve_head(
    workload: Workload, model: str, *, inverse_regularisation: float, seed: int, rough: bool = False
) -> LinearHead:
    """Fit the head on the cached training features with the given C; a ``rough`` one in a few iterations."""
    settled = workload.settled.get(model)
    return learning_tasks.get(workload.task).solve(
        workload.train_features[model],
        workload.train.labels,
        len(workload.class_names),
        inverse_regularisation=inverse_regularisation,
        seed=seed,
        balanced=metrics.get(workload.metric).balanced,
        rough=rough or (settled is not None and settled.rough),
    )


def choose_head(
    workload: Workload, model: str, *, seed: int, remaining: Callable[[], float] = no_limit
) -> tuple[LinearHead, float]:
    """Fit the head with C chosen by cross-validation on the training features; return it with that C.

    Groups are held out whole. When the seconds ``remaining`` are over, no further C is tried; the head is fitted
    all the same. Where the workload says which C, none is tried.
    """
    settled = workload.settled.get(model)
    chosen = _choose(workload, model, seed, remaining) if settled is None else settled.inverse_regularisation
    return solve_head(workload, model, inverse_regularisation=chosen, seed=seed), chosen


def settle_head(
    workload: Workload, model: str, *, seed: int, remaining: Callable[[], float] = no_limit
) -> tuple[LinearHead, HeadChoice]:
    """Fit the head as :func:`choose_head` does; return it with how, which is all that is needed to fit it again.

    Where the seconds ``remaining`` are over before every C was tried, a head that would take long is a rough one.
    A choice that took much of them is kept for all other rows.
    """
    before = remaining()
    chosen = _choose(workload, model, seed, remaining)
    left = remaining()
    features = workload.train_features[model]
    rough = left <= 0 and not is_quick(len(features), features.shape[1], len(workload.class_names))
    kept = left <= 0 or (math.isfinite(before) and before - left > _REPEATABLE * before)
    choice = HeadChoice(chosen, rough=rough, kept=kept)
    return settled_head(workload, model, choice, seed=seed), choice


def settled_head(workload: Workload, model: str, choice: HeadChoice, *, seed: int) -> LinearHead:
    """Fit the head as was chosen before."""
    return solve_head(
        workload, model, inverse_regularisation=choice.inverse_regularisation, seed=seed, rough=choice.rough
    )


def _choose(workload: Workload, model: str, seed: int, remaining: Callable[[], float]) -> float:
    return learning_tasks.get(workload.task).choose(
        workload.train_features[model],
        workload.train.labels,
        len(workload.class_names),
        seed=seed,
        balanced=metrics.get(workload.metric).balanced,
        remaining=remaining,
        groups=workload.train.groups,
    )


def recipe_head(workload: Workload, model: str, recipe: Recipe, *, seed: int) -> LinearHead:
    """Return the head a recipe asks for: with its C, or with the cross-validated one where it leaves that open."""
    if recipe.inverse_regularisation > 0:
        return solve_head(workload, model, inverse_regularisation=recipe.inverse_regularisation, seed=seed)
    return workload.heads[model] if model in workload.heads else choose_head(workload, model, seed=seed)[0]


def merged(workload: Workload) -> Workload:
    """Return the workload whose training part is train and validation together; it has no heads.

    The validation part stays what it was, so figures on it are figures on training examples.
    """
    train, whole = workload.train.joined(workload.validation), workload.whole
    if whole is not None:
        whole = dataclasses.replace(whole, train=whole.train.joined(whole.validation))
    features = {
        model: np.concatenate([workload.train_features[model], workload.validation_features[model]])
        for model in workload.train_features
        if model in workload.validation_features
    }
    return dataclasses.replace(workload, train=train, train_features=features, heads={}, whole=whole)
