"""Whether a change of the final model is kept: it must gain more than the standard error of the gain."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.bootstrap import resample_weights
from automl_tl.finetune.metrics import Metric, all_metrics, metrics

__all__ = ["FEWEST_EXAMPLES", "Decision", "Gain", "paired_gain", "weigh"]

Scalar = str | int | float | bool

FEWEST_EXAMPLES = 8
"""With fewer examples nothing is measured: no standard error of so few is to be trusted."""

_RESAMPLES = 1000
_TIE_BREAKER = "log_loss"


@dataclass(frozen=True)
class Gain:
    """What a change does to one metric on the same examples.

    ``value`` is positive where the change is for the better, whatever the metric's direction; ``standard_error``
    is that of the paired difference.
    """

    metric: str
    before: float
    after: float
    value: float
    standard_error: float
    examples: int

    @property
    def clear(self) -> bool:
        """Whether the gain is larger than its standard error."""
        return self.value > self.standard_error


@dataclass(frozen=True)
class Decision:
    """One step towards the final model: whether it was kept, why, and by which numbers.

    Attributes
    ----------
    step
        ``probe``, ``layers``, ``fine-tuning``, ``soup``, ``interpolation``, ``mixture``, ``ensemble``,
        ``floor``, ``temperature``, ``thresholds`` or ``retraining``.
    reason
        One sentence for people that goes on after "kept because" or "not kept because".
    gains
        What was measured, the job's metric first; empty if nothing was.
    evidence
        On which examples: ``validation`` or ``cross-validation``; "" if on none.
    settings
        What was chosen, such as the share of the fine-tuned weights.
    """

    step: str
    kept: bool
    reason: str
    gains: tuple[Gain, ...] = ()
    evidence: str = ""
    settings: Mapping[str, Scalar] = field(default_factory=dict)


def paired_gain(
    metric: Metric,
    labels: NDArray[np.int64],
    before: NDArray[np.floating],
    after: NDArray[np.floating],
    *,
    seed: int = 0,
    groups: NDArray[np.int64] | None = None,
    resamples: int = _RESAMPLES,
) -> Gain:
    """Return what going from ``before`` to ``after`` (probabilities of the same examples) does to a metric.

    The standard error is that of a paired bootstrap times sqrt(1 + 4 / N). Without the factor one lucky example
    would be a gain larger than its error, which then is sqrt(1 - 1 / N) of the gain. With ``groups`` (N,) it is
    the larger one of examples and of whole groups, whose number is in the latter's factor; infinite for one group.
    """
    first, second = (np.asarray(each, dtype=np.float64) for each in (before, after))
    n = len(labels)

    def difference(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        values = metric.weighted(labels, second, weights) - metric.weighted(labels, first, weights)
        return values if metric.direction == "maximize" else -values

    value = float(difference(np.ones((1, n)))[0])
    units = (None,) if groups is None else (None, groups)
    spread = max(_spread(difference, n, seed, each, resamples) for each in units)
    if math.isnan(value) or math.isinf(spread):
        value, spread = 0.0, math.inf
    return Gain(metric.name, metric.value(labels, first), metric.value(labels, second), value, spread, n)


def _spread(
    difference: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    n: int,
    seed: int,
    groups: NDArray[np.int64] | None,
    resamples: int,
) -> float:
    """Return the standard error of a difference of weights (R, N); infinity where resamples say nothing of it."""
    units = n if groups is None else len(np.unique(groups))
    weights = resample_weights(n, seed=seed, groups=groups, resamples=resamples)
    draws = np.concatenate([difference(part) for part in weights])
    known = draws[~np.isnan(draws)]
    if not len(known) or (groups is not None and units < 2):
        return math.inf
    return float(known.std()) * math.sqrt(1 + 4 / units)


def weigh(
    step: str,
    metric: Metric,
    labels: NDArray[np.int64],
    before: NDArray[np.floating],
    after: NDArray[np.floating],
    *,
    seed: int = 0,
    evidence: str = "validation",
    settings: Mapping[str, Scalar] | None = None,
    groups: NDArray[np.int64] | None = None,
    offered: int = 1,
) -> Decision:
    """Decide by the one-standard-error rule whether a change is kept.

    It is kept if the metric gains more than its standard error, or does not lose and log loss gains more than its
    own. Otherwise the model stays as it was, which is the simpler one (Breiman et al. 1984, section 3.4.3).
    ``groups`` act as in :func:`paired_gain`. Where the change is the best of several ``offered`` by the same rows,
    sqrt(1 + 2 ln offered) standard errors are asked for: the highest of k draws of mere luck is expected at up to
    sqrt(2 ln k) of them (Boucheron, Lugosi and Massart, Concentration Inequalities, 2013, section 2.5).
    """
    facts = dict(settings or {})
    if len(labels) < FEWEST_EXAMPLES:
        reason = f"{len(labels)} examples are too few to tell; at least {FEWEST_EXAMPLES} are needed"
        return Decision(step, False, reason, settings=facts)
    own = paired_gain(metric, labels, before, after, seed=seed, groups=groups)
    gains = [own]
    if metric.name != _TIE_BREAKER and _TIE_BREAKER in all_metrics(labels, before):
        loss = metrics.get(_TIE_BREAKER)
        gains.append(paired_gain(loss, labels, before, after, seed=seed, groups=groups))
    kept, reason = _judge(own, gains[-1], math.sqrt(1 + 2 * math.log(offered)))
    return Decision(step, kept, reason, tuple(gains), evidence, facts)


def _judge(own: Gain, other: Gain, errors: float) -> tuple[bool, str]:
    """Return whether a gain in either is larger than so many standard ``errors``, and the reason."""
    name = own.metric.replace("_", " ")
    enough = "its standard error" if errors == 1 else f"{errors:.1f} standard errors"
    if own.value > errors * own.standard_error:
        return True, f"{name} gains more than {enough}"
    if own.value < 0:
        return False, f"{name} is lower than without it" if own.after < own.before else f"{name} is worse with it"
    if other is not own and other.value > errors * other.standard_error:
        return True, f"{name} does not lose and log loss gains more than {enough}"
    return False, f"the gain in {name} is within {enough}"
