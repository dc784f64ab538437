"""Numbers and names as people read them."""

from __future__ import annotations

import math

from automl_tl.finetune.evaluation import Interval

__all__ = [
    "NOT_MEASURED",
    "UNKNOWN",
    "count",
    "digits",
    "duration",
    "figure",
    "interval",
    "metric_label",
    "percent",
    "plain_number",
    "plural",
    "points_interval",
    "quantity",
    "shorten",
    "signed_points",
    "strategy_label",
]

NOT_MEASURED = "\N{EN DASH}"
UNKNOWN = "unknown"
"""What stands for an interval that cannot be given: the test rows are all of one group."""

_UNBOUNDED = ("log_loss", "brier", "loss", "nll", "ece", "error", "kappa", "mcc", "mae", "rmse", "spearman")
_OTHER_SCALES = ("r2",)
_LONG, _TOO_LONG = 1e4, 1e9
_IN_A_UNIT = ("mae", "rmse")
_LABELS = {
    "mae": "mean absolute error",
    "rmse": "root mean squared error",
    "r2": "R²",
    "spearman": "rank correlation",
}
_STRATEGIES = {
    "linear_probe": "linear probe (backbone frozen)",
    "probe_then_finetune": "linear probe, then gentle fine-tuning",
    "full_finetune": "full fine-tuning",
    "partial_unfreezing": "partial unfreezing (early layers frozen)",
    "gradual_unfreezing": "gradual unfreezing (from the head to the input)",
    "l2_sp": "full fine-tuning held near the pretrained weights (L2-SP)",
    "lora": "low-rank adapters (LoRA, merged)",
    "norm_and_bias": "norms and biases only",
    "contrastive": "contrastive pairs, then a logistic regression",
    "from_scratch": "from scratch (pretrained weights forgotten)",
}


def _is_share(metric: str) -> bool:
    return metric not in _OTHER_SCALES and not any(word in metric for word in _UNBOUNDED)


def percent(share: float | None, digits: int = 1) -> str:
    """Return ``96.4 %``, or a dash where nothing was measured."""
    return NOT_MEASURED if share is None or math.isnan(share) else f"{100 * share:.{digits}f} %"


def plain_number(value: float | None, digits: int = 3) -> str:
    """Return ``0.123``; a dash where nothing was measured."""
    return NOT_MEASURED if value is None or math.isnan(value) else f"{value:.{digits}f}"


def quantity(value: float, unit: str = "") -> str:
    """Return three digits that count and the unit: ``0.867 ms``, ``1 240 MB``; a dash where nothing is known."""
    if not math.isfinite(value):
        return NOT_MEASURED
    number = count(round(value)) if abs(value) >= 100 else f"{value:.3g}"
    return f"{number} {unit}" if unit else number


def figure(value: float | None, metric: str) -> str:
    """Return a metric's value: a percentage for shares, four digits for errors in a unit, else three decimals."""
    if metric in _IN_A_UNIT:
        return NOT_MEASURED if value is None else digits(value)
    return percent(value) if _is_share(metric) else plain_number(value)


def digits(value: float) -> str:
    """Return a number of any size with four digits that count: ``0.01234``, ``12.34``, ``1 234 000``."""
    if not math.isfinite(value):
        return NOT_MEASURED
    size = abs(float(f"{value:.4g}"))
    text = count(round(size)) if _LONG <= size < _TOO_LONG else f"{size:.4g}"
    return f"\N{MINUS SIGN}{text}" if value < 0 and size > 0 else text


def interval(entry: Interval, metric: str) -> str:
    """Return ``94.1 % to 97.9 %``, or ``unknown``."""
    if math.isnan(entry.low) or math.isnan(entry.high):
        return UNKNOWN
    return f"{figure(entry.low, metric)} to {figure(entry.high, metric)}"


def signed_points(value: float, metric: str) -> str:
    """Return a difference: ``+3.2 points`` for shares, else ``+0.032``."""
    if math.isnan(value):
        return NOT_MEASURED
    plain = f"{'+' if value >= 0 else ''}{digits(value)}" if metric in _IN_A_UNIT else f"{value:+.3f}"
    text = f"{100 * value:+.1f} points" if _is_share(metric) else plain
    return text.replace("-", "\N{MINUS SIGN}")


def points_interval(low: float, high: float, metric: str) -> str:
    """Return ``+4.5 to +13.5 points``, or ``unknown``."""
    if math.isnan(low) or math.isnan(high):
        return UNKNOWN
    return f"{signed_points(low, metric).removesuffix(' points')} to {signed_points(high, metric)}"


def plural(number: int, noun: str, nouns: str = "") -> str:
    """Return ``1 remark`` or ``2 remarks``."""
    return f"{count(number)} {noun if number == 1 else nouns or noun + 's'}"


def count(value: int) -> str:
    """Return a whole number with thin spaces between thousands."""
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def duration(seconds: float) -> str:
    """Return ``0.05 s``, ``42 s``, ``3 min 20 s`` or ``2 h 5 min``."""
    if math.isnan(seconds):
        return NOT_MEASURED
    if 0 < seconds < 0.1:
        return f"{seconds:.1g} s"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def metric_label(metric: str) -> str:
    """Return the metric's name in words."""
    return _LABELS.get(metric, metric.replace("_", " "))


def strategy_label(strategy: str, beside: str = "") -> str:
    """Return the strategy's name in words, and what answers beside such a model."""
    label = _STRATEGIES.get(strategy, strategy.replace("_", " "))
    return f"{label}, {beside}" if beside else label


def shorten(text: str, length: int) -> str:
    """Return the text cut in its middle to at most ``length`` characters."""
    if len(text) <= length:
        return text
    head = (length - 1) * 2 // 3
    return f"{text[:head]}…{text[len(text) - (length - 1 - head) :]}"
