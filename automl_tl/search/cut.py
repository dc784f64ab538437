"""Which candidates are worth tuning after rung 0, and which come back when training contradicts the probe."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from automl_tl.finetune.workload import Workload
from automl_tl.search.standing import Standing
from automl_tl.search.trial import Trial

__all__ = ["paired_deficit", "promising", "recalled"]

_MARGIN = 0.15
_STANDARD_ERRORS = 4.0
_PAIRED_ERRORS = 2.0
_FIGURE = "accuracy"
_LEAST = 2
_GAIN = 0.15
"""What fine-tuning may be hoped to add to a linear probe."""
_DISAPPOINTMENT = 0.05
"""Training that stays this far below the probe contradicts it."""


def promising(
    models: Sequence[str],
    probes: Mapping[str, Trial],
    *,
    workload: Workload,
    standings: Mapping[str, Standing] | None = None,
) -> tuple[str, ...]:
    """Return the models to tune, in the order given: those that the probe cannot tell from the best.

    A model goes if its linear probe could not be made, or if it is hopeless: right so much less often than the
    best one that fine-tuning would have to make up for more than it usually does, by more than 0.15 and by more
    than four standard errors of an accuracy on the validation part. Where the ranking says which models are
    contenders, the others go too, unless the probe's answers to the same validation examples are not
    significantly worse (two standard errors of the paired difference). Two models stay at least, as far as they
    are not hopeless: a probe says little about which of two good models tunes better. Models without a known
    probe are kept.
    """
    known = {model: probes[model].metrics.get(_FIGURE, math.nan) for model in models if model in probes}
    hopeful = _hopeful(models, known, len(workload.validation))
    stays = [model for model in hopeful if _cannot_be_told_apart(model, known, workload, standings or {})]
    least = [*stays, *(model for model in hopeful if model not in stays)][: max(_LEAST, len(stays))]
    return tuple(model for model in models if model in least)


def recalled(
    left_out: Sequence[str], probes: Mapping[str, float], trained: Mapping[str, float]
) -> tuple[str, ...]:
    """Return the models to take back into the search, in their order; usually none.

    Training contradicts the probe if none of the models that looked best got near what their probes said, or if
    one that was left out got far beyond. The probes then say little, and those that were left out are tried as
    well, as far as neither probe nor training puts them far below what others have reached.

    Parameters
    ----------
    probes
        Merit of the linear probe by model.
    trained
        Best merit after some training by model, of those that were tuned or tried once.
    """
    tuned = {model: value for model, value in trained.items() if model not in left_out and math.isfinite(value)}
    if not tuned:
        return ()
    borne_out = any(value >= probes.get(model, value) - _DISAPPOINTMENT for model, value in tuned.items())
    surprise = any(trained.get(model, -math.inf) > probes.get(model, math.inf) + _GAIN for model in left_out)
    if borne_out and not surprise:
        return ()
    reached = max([*tuned.values(), *(trained[model] for model in left_out if model in trained)])
    return tuple(
        model for model in left_out if trained.get(model, probes.get(model, -math.inf)) + _GAIN >= reached
    )


def paired_deficit(workload: Workload, model: str, best: str) -> tuple[float, float]:
    """Return by how much a model's probe is right less often than the best one's, and the standard error."""
    right = [_right(workload, each) for each in (model, best)]
    difference = right[1].astype(float) - right[0].astype(float)
    return float(difference.mean()), float(difference.std(ddof=1) / math.sqrt(len(difference)))


def _hopeful(models: Sequence[str], known: Mapping[str, float], n_validation: int) -> list[str]:
    finite = [value for value in known.values() if not math.isnan(value)]
    if not finite:
        return list(models)
    best = max(finite)
    error = math.sqrt(best * (1 - best) / max(n_validation, 1))
    floor = best - max(_MARGIN, _STANDARD_ERRORS * error)
    return [model for model in models if known.get(model, best) >= floor]


def _cannot_be_told_apart(
    model: str, known: Mapping[str, float], workload: Workload, standings: Mapping[str, Standing]
) -> bool:
    if standings.get(model, Standing()).contender in (None, True):
        return True
    finite = {each: value for each, value in known.items() if math.isfinite(value)}
    comparable = workload.task == "classification" and {model, *finite} <= set(workload.heads)
    if model not in finite or not comparable:
        return False
    best = max(finite, key=lambda each: finite[each])
    deficit, error = paired_deficit(workload, model, best)
    return deficit <= _PAIRED_ERRORS * error


def _right(workload: Workload, model: str) -> np.ndarray:
    answers = workload.heads[model].probabilities(workload.validation_features[model])
    return np.asarray(answers.argmax(axis=1) == workload.validation.labels)
