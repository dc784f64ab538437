"""What earlier jobs tell of the candidates: how far above or below the others of its job each model ended."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.transferability.posterior import Evidence

__all__ = ["Experience", "PastResult", "experience_evidence", "standings"]

_CLIP = 1e-3
_TASK_SPREAD = 0.7
_TASK_SPREAD_WEIGHT = 10.0
_MODEL_SPREAD = 3.0


@dataclass(frozen=True)
class PastResult:
    """What one model reached on one finished task after fine-tuning: a share in [0, 1], larger is better."""

    task: str
    model: str
    value: float


Experience = tuple[PastResult, ...]
"""Results of earlier jobs of the same modality."""


@dataclass(frozen=True)
class Standings:
    """How the models stood on earlier tasks.

    ``mean`` (M,) in log-odds with the covariance (M, M) of its errors; ``spread`` is the standard deviation with
    which a model's standing on one task scatters around its mean.
    """

    models: tuple[str, ...]
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    spread: float


def standings(past: Sequence[PastResult]) -> Standings:
    """Fit ``log-odds = level of the task + standing of the model + error`` by weighted least squares.

    Tasks have free levels; standings have a wide Gaussian prior, so that models which never met are merely
    uncertain. The spread of the errors is estimated, with the weight of 10 results given to 0.7 log-odds.
    """
    models = tuple(sorted({each.model for each in past}))
    tasks = sorted({each.task for each in past})
    of_model = np.zeros((len(past), len(models)))
    of_task = np.zeros((len(past), len(tasks)))
    for row, each in enumerate(past):
        of_model[row, models.index(each.model)] = 1.0
        of_task[row, tasks.index(each.task)] = 1.0
    values = np.array([_log_odds(each.value) for each in past])
    # Within its task each result is compared with the task's mean.
    centred = of_model - of_task @ (of_task.T @ of_model / of_task.sum(axis=0)[:, None])
    residual_of = values - of_task @ (of_task.T @ values / of_task.sum(axis=0))
    variance = _TASK_SPREAD**2
    for _ in range(5):
        precision = centred.T @ centred / variance + np.eye(len(models)) / _MODEL_SPREAD**2
        covariance = np.linalg.inv(precision)
        mean = covariance @ centred.T @ residual_of / variance
        errors = residual_of - centred @ mean
        used = len(tasks) + np.trace(covariance @ centred.T @ centred) / variance
        freedom = max(len(past) - used, 0.0)
        known = _TASK_SPREAD_WEIGHT * _TASK_SPREAD**2
        variance = float((known + errors @ errors) / (_TASK_SPREAD_WEIGHT + freedom))
    return Standings(models, mean, covariance, math.sqrt(variance))


def experience_evidence(past: Sequence[PastResult], models: Sequence[str]) -> list[Evidence]:
    """Return what earlier results say of these models; nothing if fewer than two of them were met before."""
    past = [each for each in past if math.isfinite(each.value)]
    met = {each.model for each in past}
    if sum(model in met for model in models) < 2:
        return []
    found = standings(past)
    places = [found.models.index(model) if model in met else -1 for model in models]
    known = np.array([place >= 0 for place in places])
    values = np.where(known, found.mean[places], math.nan)
    covariance = found.covariance[np.ix_(places, places)] + found.spread**2 * np.eye(len(models))
    return [Evidence(values, covariance)]


def _log_odds(share: float) -> float:
    kept = min(max(share, _CLIP), 1.0 - _CLIP)
    return math.log(kept / (1.0 - kept))
