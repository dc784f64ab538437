"""Thresholds for baselines: a model whose thresholds were tuned is compared with nothing that decides at a half.

From which probability on a label is decided for changes the F1 score by more than fine-tuning often does, and is
tuned on the answers of any model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from automl_tl.finetune.cross_validate import PROBE_FOLDS, held_out_probe
from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.final_plan import Run
from automl_tl.finetune.metrics import Metric
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.tasks.base import learning_tasks
from automl_tl.finetune.thresholds import choose_thresholds
from automl_tl.finetune.workload import LabelledInputs, Workload

__all__ = ["AT_ONE_HALF", "comparable", "constant_thresholds", "probe_thresholds"]

AT_ONE_HALF = "both deciding at one half"
"""The condition of a comparison with a model for whose thresholds no held-out answers are at hand."""


def probe_thresholds(
    workload: Workload, model: str, *, seed: int, remaining: Callable[[], float]
) -> tuple[float, ...]:
    """Return thresholds for a model's linear probe, () for one half, by rows that were held out from it.

    These are the rows of validation and, while the seconds ``remaining`` are not over, those of the training part.
    """
    if not learning_tasks.get(workload.task).decides_by_threshold:
        return ()
    run = Run("", model, Recipe("linear_probe"), seed, 0)
    folds = PROBE_FOLDS if remaining() > 0 else 0
    told = held_out_probe(workload, run, seed=seed, folds=folds, remaining=remaining)
    return choose_thresholds(told.labels, told.answers, metric=workload.metric, seed=seed, groups=told.groups)[0]


def constant_thresholds(always: Predictions, rows: LabelledInputs, *, metric: str, seed: int) -> Predictions:
    """Return a constant answer with thresholds for it, by the labels of training rows; other tasks have none."""
    if rows.labels.ndim != 2 or not len(always.probabilities):
        return always
    answers = always.probabilities[:1].repeat(len(rows.labels), axis=0)
    thresholds, _ = choose_thresholds(rows.labels, answers, metric=metric, seed=seed, groups=rows.groups)
    return replace(always, thresholds=thresholds)


def comparable(final: Predictions, *, tuned: bool, metric: Metric) -> tuple[Predictions, str]:
    """Return the final model's answers as a baseline is to be compared with, and the condition or "".

    ``tuned`` is whether thresholds for the baseline were looked for as those of the final model were.
    """
    if tuned or not metric.decides or not final.thresholds:
        return final, ""
    return replace(final, thresholds=()), AT_ONE_HALF
