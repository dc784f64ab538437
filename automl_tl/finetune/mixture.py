"""How much of the answer the fine-tuned model gives, and how much the linear probe beside it.

The part is chosen on answers to held-out rows: stacking with one weight, as in Breiman, Stacked Regressions,
Machine Learning 24, 1996, section 2. The two err differently: a fine-tuned model is accurate and too sure of
itself, a probe of a few hundred rows is neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.decision import paired_gain
from automl_tl.finetune.ensemble import mean_probabilities
from automl_tl.finetune.metrics import Metric, all_metrics, metrics
from automl_tl.finetune.temperature import at_best_temperature, comparable_answers

__all__ = ["PARTS", "choose_part", "mixed"]

PARTS = tuple(tenth / 10 for tenth in range(11))
"""Parts of the fine-tuned model. A few hundred rows tell no such fine ones apart, but may rule out single ones."""

_LOSS = "log_loss"
_EVEN = 0.5


def choose_part(
    metric: Metric,
    labels: NDArray[np.int64],
    probe: NDArray[np.floating],
    tuned: NDArray[np.floating],
    *,
    parts: Sequence[float] = PARTS,
    calibrated: bool = True,
    seed: int = 0,
    groups: NDArray[np.int64] | None = None,
) -> float:
    """Return the part of the fine-tuned model: 0 is the probe alone, 1 the other alone.

    Where the probe alone loses least, it is 0. Else, of the parts whose loss the rows do not tell from the lowest
    (the paired difference is within its standard error), it is the one nearest to a half: two models that err
    differently are seldom worse together than either, and which of several noisy losses is lowest is mostly luck.

    The loss is log loss, which tells more of the same rows than shares of right answers do, or else the metric
    itself. A part that the metric puts below the probe by more than the standard error is never returned.

    Parameters
    ----------
    labels, probe, tuned
        Labels (N,) of rows that neither has been trained on, and both models' answers (N, C).
    parts
        What may be chosen; 0 is always among them.
    calibrated
        Whether a temperature will be fitted to the probabilities, so that being too sure costs nothing here, nor
        by a metric of probabilities.
    groups
        int64 (N,), equal for rows that are not independent; standard errors then are those of groups.
    """
    fair = partial(comparable_answers, metric, labels, calibrated=calibrated)
    offered = {part: mixed(probe, tuned, part) for part in parts}
    near_the_probe = partial(_no_worse, metric, labels, fair(probe), seed=seed, groups=groups)
    offered = {part: answers for part, answers in offered.items() if near_the_probe(fair(answers))}
    judge = metrics.get(_LOSS) if _LOSS in all_metrics(labels, probe) else metric
    if calibrated and judge.name == _LOSS:
        offered = {part: at_best_temperature(labels, answers) for part, answers in offered.items()}
    lowest = max(offered, key=lambda part: judge.signed(judge.value(labels, offered[part])))
    if lowest == 0:
        return lowest
    close = partial(_no_worse, judge, labels, offered[lowest], seed=seed, groups=groups)
    return min((part for part in offered if part and close(offered[part])), key=lambda part: abs(part - _EVEN))


def mixed(probe: NDArray[np.floating], tuned: NDArray[np.floating], part: float) -> NDArray[np.float64]:
    """Return the weighted mean of both answers, float64 (N, C)."""
    return mean_probabilities([tuned, probe], (part, 1 - part))


def _no_worse(
    metric: Metric,
    labels: NDArray[np.int64],
    before: NDArray[np.floating],
    after: NDArray[np.floating],
    *,
    seed: int,
    groups: NDArray[np.int64] | None,
) -> bool:
    gain = paired_gain(metric, labels, before, after, seed=seed, groups=groups)
    return gain.value >= -gain.standard_error
