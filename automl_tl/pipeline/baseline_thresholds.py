"""Thresholds and temperatures for baselines: what was tuned for the final model is tuned for its rivals, too.

From which probability on a label is decided for changes the F1 score by more than fine-tuning often does, and is
tuned on the answers of any model. So is the temperature, which changes log loss and Brier score.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from automl_tl.finetune.cross_validate import PROBE_FOLDS, held_out_probe
from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.final_plan import Run
from automl_tl.finetune.metrics import Metric, metrics
from automl_tl.finetune.probe_choice import held_out_in_time
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.tasks.base import learning_tasks
from automl_tl.finetune.temperature import choose_temperature, log_probabilities, scaled
from automl_tl.finetune.thresholds import choose_thresholds
from automl_tl.finetune.workload import LabelledInputs, Workload

__all__ = [
    "AT_ONE_HALF",
    "UNCALIBRATED",
    "comparable",
    "constant_thresholds",
    "probe_temperature",
    "probe_thresholds",
]

AT_ONE_HALF = "both deciding at one half"
UNCALIBRATED = "both without a temperature"
"""Conditions of a comparison with a model for whose thresholds or temperature no held-out answers are at hand."""


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


def probe_temperature(workload: Workload, model: str, *, seed: int, remaining: Callable[[], float]) -> float:
    """Return a temperature for a model's linear probe, as the final model gets one, by rows held out from it.

    It is 1 where it does not clearly help, and for metrics that do not measure probabilities. The rows are those
    of both parts where a tenth of the seconds ``remaining`` is enough to ask them, else those of validation.
    """
    if not (learning_tasks.get(workload.task).has_temperature and metrics.get(workload.metric).of_probabilities):
        return 1.0
    run = Run("", model, Recipe("linear_probe"), seed, 0)
    told = held_out_in_time(workload, run, seed=seed, remaining=remaining) if remaining() > 0 else None
    told = told or held_out_probe(workload, run, seed=seed, folds=0)
    return choose_temperature(log_probabilities(told.answers), told.labels, seed=seed, groups=told.groups)[0]


def constant_thresholds(always: Predictions, rows: LabelledInputs, *, metric: str, seed: int) -> Predictions:
    """Return a constant answer with thresholds for it, by the labels of training rows; other tasks have none."""
    if rows.labels.ndim != 2 or not len(always.probabilities):
        return always
    answers = always.probabilities[:1].repeat(len(rows.labels), axis=0)
    thresholds, _ = choose_thresholds(rows.labels, answers, metric=metric, seed=seed, groups=rows.groups)
    return replace(always, thresholds=thresholds)


def comparable(
    final: Predictions, *, tuned: bool, metric: Metric, temperature: float = 1.0
) -> tuple[Predictions, str]:
    """Return the final model's answers as a baseline is to be compared with, and the condition or "".

    ``tuned`` is whether thresholds and temperature of the baseline were looked for as those of the final model
    were, ``temperature`` the latter's.
    """
    if not tuned and metric.of_probabilities and temperature != 1:
        raw = scaled(log_probabilities(final.probabilities), 1 / temperature).astype(np.float32)
        return replace(final, probabilities=raw), UNCALIBRATED
    if tuned or not metric.decides or not final.thresholds:
        return final, ""
    return replace(final, thresholds=()), AT_ONE_HALF
