"""How much of the answer the fine-tuned model gives, and how much the linear probe beside it.

The part is chosen on answers to held-out rows: stacking with one weight, as in Breiman, Stacked Regressions,
Machine Learning 24, 1996, section 2. The two err differently: a fine-tuned model is accurate and too sure of
itself, a probe of a few hundred rows is neither.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.decision import paired_gain
from automl_tl.finetune.ensemble import mean_probabilities
from automl_tl.finetune.metrics import Metric, all_metrics, metrics
from automl_tl.finetune.temperature import fit_temperature, log_probabilities, scaled

__all__ = ["PARTS", "choose_part", "mixed"]

PARTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Parts of the fine-tuned model: five, since a few hundred rows tell no finer ones apart."""

_LOSS = "log_loss"


def choose_part(
    metric: Metric,
    labels: NDArray[np.int64],
    probe: NDArray[np.floating],
    tuned: NDArray[np.floating],
    *,
    parts: Sequence[float] = PARTS,
    calibrated: bool = True,
    seed: int = 0,
) -> float:
    """Return the part of the fine-tuned model with the lowest loss: 0 is the probe alone, 1 the other alone.

    The loss is log loss, which tells more of the same rows than shares of right answers do, or else the metric
    itself. A part that the metric puts below the probe by more than the standard error is never returned.

    Parameters
    ----------
    labels, probe, tuned
        Labels (N,) of rows that neither has been trained on, and both models' answers (N, C).
    parts
        What may be chosen; 0 is always among them.
    calibrated
        Whether a temperature will be fitted to the probabilities, so that being too sure costs nothing here.
    """
    losses = {}
    for part in parts:
        answers = mixed(probe, tuned, part)
        gain = paired_gain(metric, labels, probe, answers, seed=seed)
        if gain.value >= -gain.standard_error:
            losses[part] = _loss(metric, labels, answers, calibrated)
    return min(losses, key=losses.__getitem__)


def mixed(probe: NDArray[np.floating], tuned: NDArray[np.floating], part: float) -> NDArray[np.float64]:
    """Return the weighted mean of both answers, float64 (N, C)."""
    return mean_probabilities([tuned, probe], (part, 1 - part))


def _loss(metric: Metric, labels: NDArray[np.int64], answers: NDArray[np.float64], calibrated: bool) -> float:
    figures = all_metrics(labels, answers)
    if _LOSS not in figures:
        return -metric.signed(figures[metric.name])
    if not calibrated:
        return figures[_LOSS]
    scores = log_probabilities(answers)
    return metrics.get(_LOSS).value(labels, scaled(scores, fit_temperature(scores, labels)))
