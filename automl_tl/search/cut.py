"""Which candidates are worth tuning after rung 0, and which come back when training contradicts the probe."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from automl_tl.finetune.choice import standard_error
from automl_tl.finetune.decision import paired_gain
from automl_tl.finetune.imbalance import effective_examples, even_weights
from automl_tl.finetune.metrics import Metric, metrics
from automl_tl.finetune.tasks.base import task_of_labels
from automl_tl.finetune.workload import Workload
from automl_tl.search.standing import Standing
from automl_tl.search.trial import Trial

__all__ = ["paired_deficit", "promising", "recalled", "tolerance_unit"]

_MARGIN = 0.15
_STANDARD_ERRORS = 4.0
_PAIRED_ERRORS = 2.0
_RESAMPLES = 200
"""They tell a standard error to a twentieth, which is enough to say whether a deficit is two of them."""
_BY_ROW = ("accuracy", "balanced_accuracy")
"""Metrics that are a sum over rows of what is right, each with the weight of its class or all alike."""
_LEAST = 2
_GAIN = 0.15
"""What fine-tuning may be hoped to add to a linear probe, in the unit of the metric (``tolerance_unit``)."""
_DISAPPOINTMENT = 0.05
"""Training that stays this far below the probe contradicts it, in that unit."""


def promising(
    models: Sequence[str],
    probes: Mapping[str, Trial],
    *,
    workload: Workload,
    standings: Mapping[str, Standing] | None = None,
) -> tuple[str, ...]:
    """Return the models to tune, in the order given: those that the probe cannot tell from the best.

    All by the job's metric. A model goes if its linear probe could not be made, or if it is hopeless: so far
    below the best one that fine-tuning would have to make up for more than it usually does, by more than 0.15 and
    by more than four standard errors of a share on the validation part. Of a metric that does not scatter as a
    share does nobody knows how much is too much, and nobody is hopeless. Where the ranking says which models are
    contenders, the others go too, unless the probe's answers to the same validation examples are not
    significantly worse (two standard errors of the paired difference). The best one always stays, and two models
    at least, as far as they are not hopeless: a probe says little about which of two good models tunes better.
    Models without a known probe are kept.
    """
    metric = metrics.get(workload.metric)
    known = {
        model: metric.signed(probes[model].metrics.get(metric.name, math.nan))
        for model in models
        if model in probes
    }
    hopeful = _hopeful(models, known, metric, workload)
    stays = [model for model in hopeful if _cannot_be_told_apart(model, known, workload, standings or {})]
    least = [*stays, *(model for model in hopeful if model not in stays)][: max(_LEAST, len(stays))]
    return tuple(model for model in models if model in least)


def recalled(
    left_out: Sequence[str], probes: Mapping[str, float], trained: Mapping[str, float], *, unit: float = 1.0
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
    unit
        What a whole is of these merits (:func:`tolerance_unit`); where it is 0 or NaN nobody can say what is far.
    """
    if not unit > 0:
        return ()
    gain, disappointment = _GAIN * unit, _DISAPPOINTMENT * unit
    tuned = {model: value for model, value in trained.items() if model not in left_out and math.isfinite(value)}
    if not tuned:
        return ()
    borne_out = any(value >= probes.get(model, value) - disappointment for model, value in tuned.items())
    surprise = any(trained.get(model, -math.inf) > probes.get(model, math.inf) + gain for model in left_out)
    if borne_out and not surprise:
        return ()
    reached = max([*tuned.values(), *(trained[model] for model in left_out if model in trained)])
    return tuple(model for model in left_out if trained.get(model, probes.get(model, -math.inf)) + gain >= reached)


def tolerance_unit(workload: Workload) -> float:
    """Return the difference of the job's metric between answers that know nothing and perfect ones.

    1 for what is maximised: shares, areas and correlations. Errors and losses have no such bound; theirs is what
    the best constant answer costs on the validation labels, the deviation of the numbers for ``rmse`` and the
    entropy of the classes for ``log_loss``, so that a share of it means as much as that share of accuracy.
    """
    metric, labels = metrics.get(workload.metric), workload.validation.labels
    if metric.direction == "maximize":
        return 1.0
    constant = task_of_labels(labels).constant(labels, len(workload.class_names), metric.name)
    return metric.value(labels, np.tile(constant.answers, (len(labels), 1)))


def paired_deficit(workload: Workload, model: str, best: str) -> tuple[float, float]:
    """Return by how much a model's probe is worse than the best one's by the job's metric, and the standard error.

    Shares of right answers are compared row by row; where every class counts alike a row has the weight of its
    class, so that few rows of a rare class, which may all agree by chance, make a large error. Other metrics are
    no sums over rows, and rows of one group are not independent: theirs is a paired bootstrap.
    """
    metric, labels = metrics.get(workload.metric), workload.validation.labels
    answers = [workload.heads[each].probabilities(workload.validation_features[each]) for each in (model, best)]
    groups = workload.validation.groups
    if metric.name not in _BY_ROW or groups is not None:
        gain = paired_gain(metric, labels, *answers, groups=groups, resamples=_RESAMPLES)
        return gain.value, gain.standard_error
    right = [np.asarray(each.argmax(axis=1) == labels).astype(float) for each in answers]
    difference = (right[1] - right[0]) * (even_weights(labels) if metric.balanced else 1.0)
    return float(difference.mean()), float(difference.std(ddof=1) / math.sqrt(len(difference)))


def _hopeful(models: Sequence[str], known: Mapping[str, float], metric: Metric, workload: Workload) -> list[str]:
    finite = [value for value in known.values() if math.isfinite(value)]
    if not finite:
        return list(models)
    best = max(finite)
    floor = best - _room(metric, best, workload)
    return [
        model for model in models if model not in known or (math.isfinite(known[model]) and known[model] >= floor)
    ]


def _room(metric: Metric, best: float, workload: Workload) -> float:
    """Return how far below the best one a probe may be without being hopeless; infinity if nobody knows."""
    if not metric.scatters_as_share:
        return math.inf
    labels = workload.validation.labels
    if metric.balanced:
        # A rare class has few examples, and a share near 1 of few examples does not tell its own error.
        error = standard_error(metric, best, int(effective_examples(labels)))
    else:
        error = math.sqrt(best * (1 - best) / max(len(labels), 1))
    return max(_MARGIN, _STANDARD_ERRORS * error)


def _cannot_be_told_apart(
    model: str, known: Mapping[str, float], workload: Workload, standings: Mapping[str, Standing]
) -> bool:
    if standings.get(model, Standing()).contender in (None, True):
        return True
    finite = {each: value for each, value in known.items() if math.isfinite(value)}
    if model not in finite:
        return False
    best = max(finite, key=lambda each: finite[each])
    if model == best:
        return True
    if not {model, best} <= set(workload.heads):
        return False
    deficit, error = paired_deficit(workload, model, best)
    return deficit <= _PAIRED_ERRORS * error
