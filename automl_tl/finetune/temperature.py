"""Temperature scaling: one number that makes probabilities as sure as they are right.

Guo, Pleiss, Sun, Weinberger, On Calibration of Modern Neural Networks, ICML 2017, section 4.2.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from automl_tl.finetune.decision import FEWEST_EXAMPLES, Decision, Gain, paired_gain
from automl_tl.finetune.metrics import Metric, metrics

__all__ = [
    "at_best_temperature",
    "calibrated_loss",
    "choose_temperature",
    "comparable_answers",
    "fit_temperature",
    "log_probabilities",
    "scaled",
]

_RANGE = (0.05, 20.0)
_PRIOR_DEVIATION = 0.5
_FOLDS = 10
_TINY = 1e-12


def fit_temperature(
    logits: NDArray[np.floating], labels: NDArray[np.int64], *, prior_deviation: float = _PRIOR_DEVIATION
) -> float:
    """Return the temperature in [0.05, 20] that minimises log loss with a prior that holds it near 1.

    Without a prior a few examples that are all right would ask for temperature 0. The prior is normal on
    the logarithm of the temperature, so that it counts as much as about ten examples and less the more there are.

    Parameters
    ----------
    logits
        float (N, C), or any scores that a softmax turns into the probabilities.
    labels
        int64 (N,).
    prior_deviation
        Standard deviation of the logarithm; infinity means no prior.
    """
    exact = np.asarray(logits, dtype=np.float64)
    rows = np.arange(len(labels))

    def cost(log_temperature: float) -> float:
        loss = -log_softmax(exact / math.exp(log_temperature), axis=1)[rows, labels].sum()
        return float(loss) + log_temperature**2 / (2 * prior_deviation**2)

    bounds = (math.log(_RANGE[0]), math.log(_RANGE[1]))
    found = minimize_scalar(cost, bounds=bounds, method="bounded", options={"xatol": 1e-6})
    return math.exp(float(found.x))


def choose_temperature(
    logits: NDArray[np.floating],
    labels: NDArray[np.int64],
    *,
    seed: int = 0,
    evidence: str = "validation",
    groups: NDArray[np.int64] | None = None,
) -> tuple[float, Decision]:
    """Return the temperature, 1 unless it clearly helps, and the decision with its numbers.

    Whether it helps is measured by cross-validation on these very examples: log loss must fall by more than the
    paired standard error where the temperature was fitted on the other folds. The most probable class stays the
    same whatever the temperature.

    Parameters
    ----------
    logits
        float (N, C) of examples that the model has not been trained on.
    groups
        int64 (N,), equal for examples that are not independent; folds and standard error keep them together.
    """
    n = len(labels)
    if n < FEWEST_EXAMPLES:
        reason = f"{n} examples are too few to tell; at least {FEWEST_EXAMPLES} are needed"
        return 1.0, Decision("temperature", False, reason)
    exact = np.asarray(logits, dtype=np.float64)
    units = np.arange(n) if groups is None else np.unique(groups, return_inverse=True)[1]
    several = int(units.max()) + 1
    if several < 2:
        return 1.0, Decision("temperature", False, "all examples are of one group, which tells nothing of others")
    folds = (np.random.default_rng(seed).permutation(several) % min(_FOLDS, several))[units]
    after = np.empty_like(exact)
    for fold in np.unique(folds):
        held_out = folds == fold
        after[held_out] = scaled(exact[held_out], fit_temperature(exact[~held_out], labels[~held_out]))
    temperature = fit_temperature(exact, labels)
    gain = paired_gain(metrics.get("log_loss"), labels, softmax(exact, axis=1), after, seed=seed, groups=groups)
    reason = _reason(gain)
    chosen = temperature if gain.clear else 1.0
    settings = {"temperature": round(temperature, 6)}
    return chosen, Decision("temperature", gain.clear, reason, (gain,), evidence, settings)


def at_best_temperature(labels: NDArray[np.int64], probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return probabilities (N, C) at the temperature that suits these labels (N,) best."""
    scores = log_probabilities(probabilities)
    return scaled(scores, fit_temperature(scores, labels))


def comparable_answers(
    metric: Metric, labels: NDArray[np.int64], answers: NDArray[np.floating], *, calibrated: bool
) -> NDArray[np.floating]:
    """Return answers (N, C) as a metric should compare them with others to these labels (N,).

    These are the ones at their best temperature, where the metric measures probabilities and a temperature will be
    fitted (``calibrated``): otherwise an accurate model would lose to a worse one for being too sure of itself.
    """
    return at_best_temperature(labels, answers) if calibrated and metric.of_probabilities else answers


def calibrated_loss(labels: NDArray[np.int64], probabilities: NDArray[np.floating]) -> float:
    """Return the log loss of probabilities (N, C) at the temperature that suits these labels (N,) best."""
    return metrics.get("log_loss").value(labels, at_best_temperature(labels, probabilities))


def scaled(logits: NDArray[np.floating], temperature: float) -> NDArray[np.float64]:
    """Return the probabilities float64 (N, C) at this temperature."""
    return np.asarray(softmax(np.asarray(logits, dtype=np.float64) / temperature, axis=1))


def log_probabilities(probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return scores (N, C) that a softmax turns back into these probabilities."""
    return np.log(np.clip(np.asarray(probabilities, dtype=np.float64), _TINY, None))


def _reason(gain: Gain) -> str:
    if gain.clear:
        return "log loss falls by more than its standard error"
    return "log loss would rise" if gain.value < 0 else "the fall of log loss is within its standard error"
