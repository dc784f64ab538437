"""A linear head on the best features of all layers.

Evci et al., Head2Toe: Utilizing Intermediate Representations for Better Transfer Learning, ICML 2022: the last
layer is made for the source's classes; what another task needs may lie in earlier ones, yet all features of all
layers are too many for few examples. So they are ranked by group lasso, a share of them is kept, and the head is
fitted on those. Which share, cross-validation says, with a ranking of its own inside every fold.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import TrialFailed
from automl_tl.finetune.clock import no_limit
from automl_tl.finetune.group_folds import stratified_folds
from automl_tl.finetune.group_lasso import feature_worth
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.strata import strata_of
from automl_tl.finetune.tasks.base import learning_tasks
from automl_tl.finetune.workload import LinearHead, Workload

__all__ = ["SHARES", "head2toe"]

SHARES = (0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Shares of the features that are tried, ascending."""

_FOLDS = 3
_SANE = 0.1
_FEWEST = 16
_RANKED_ROWS = 2000


def head2toe(
    workload: Workload,
    model: str,
    *,
    inverse_regularisation: float,
    seed: int,
    remaining: Callable[[], float] = no_limit,
) -> LinearHead:
    """Return the head on the training features of ``model``; features that were left out have weight zero.

    Parameters
    ----------
    inverse_regularisation
        C of the final head; 0 means that cross-validation chooses it too.
    remaining
        Seconds left, asked before every ranking and every head: a choice cut short could not be made again.

    Raises
    ------
    TrialFailed
        If they are over before the features are chosen.
    """
    features, labels = workload.train_features[model], workload.train.labels
    task, outputs = learning_tasks.get(workload.task), len(workload.class_names)
    balanced = metrics.get(workload.metric).balanced
    share = _choose_share(workload, model, seed, remaining)
    _ask(remaining)
    kept = _best(_ranking(features, labels, outputs, seed), share)
    chosen = inverse_regularisation or task.choose(
        features[:, kept],
        labels,
        outputs,
        seed=seed,
        balanced=balanced,
        remaining=remaining,
        groups=workload.train.groups,
    )
    _ask(remaining)
    head = task.solve(
        features[:, kept], labels, outputs, inverse_regularisation=chosen, seed=seed, balanced=balanced
    )
    weight = np.zeros((outputs, features.shape[1]), dtype=np.float32)
    weight[:, kept] = head.weight
    return dataclasses.replace(head, weight=weight)


def _choose_share(workload: Workload, model: str, seed: int, remaining: Callable[[], float]) -> float:
    """Return the share with the best cross-validated metric; of equals the smallest."""
    features, labels = workload.train_features[model], workload.train.labels
    task, metric = learning_tasks.get(workload.task), metrics.get(workload.metric)
    outputs = len(workload.class_names)
    folds = stratified_folds(strata_of(labels), _FOLDS, seed, workload.train.groups)
    answers = {share: np.zeros((len(labels), outputs)) for share in SHARES}
    seen = np.zeros(len(labels), dtype=bool)
    for fold in range(int(folds.max()) + 1):
        fitted, held_out = folds != fold, folds == fold
        _ask(remaining)
        ranking = _ranking(features[fitted], labels[fitted], outputs, seed)
        for share in SHARES:
            _ask(remaining)
            kept = _best(ranking, share)
            head = task.solve(
                features[fitted][:, kept],
                labels[fitted],
                outputs,
                inverse_regularisation=_SANE,
                seed=seed,
                balanced=metric.balanced,
            )
            answers[share][held_out] = head.probabilities(features[held_out][:, kept])
        seen |= held_out
    if not seen.any():
        return SHARES[-1]
    figures = [metric.signed(metric.value(labels[seen], answers[share][seen])) for share in SHARES]
    return SHARES[int(np.argmax(figures))]


def _ask(remaining: Callable[[], float]) -> None:
    if remaining() <= 0:
        raise TrialFailed("the time was used up before the best features were chosen", field="budget")


def _ranking(features: NDArray[np.floating], labels: NDArray[Any], outputs: int, seed: int) -> NDArray[np.int64]:
    """Return the features from the best to the worst; of many rows a part is enough to tell."""
    rows = np.arange(len(labels))
    if len(rows) > _RANKED_ROWS:
        rows = np.random.default_rng(seed).choice(rows, _RANKED_ROWS, replace=False)
    worth = feature_worth(features[rows], _targets(labels[rows], outputs))
    return np.argsort(-worth, kind="stable")


def _best(ranking: NDArray[np.int64], share: float) -> NDArray[np.int64]:
    return np.sort(ranking[: max(min(_FEWEST, len(ranking)), round(share * len(ranking)))])


def _targets(labels: NDArray[Any], outputs: int) -> NDArray[np.float64]:
    """Return one column per output: classes as indicators, sets of labels and numbers as they are."""
    if labels.ndim == 1 and np.issubdtype(labels.dtype, np.integer):
        return np.eye(outputs)[labels]
    return labels.reshape(len(labels), -1).astype(np.float64)
