"""Which way a job's metric is better, as far as this installation can tell."""

from __future__ import annotations

from automl_tl.pipeline.spec import MetricSpec

__all__ = ["higher_is_better"]

_MINIMISED = ("log_loss", "brier", "hamming_loss", "mae", "rmse")


def higher_is_better(metric: MetricSpec, task: str = "classification") -> bool:
    """Return whether larger values win.

    The spec decides, then the metric itself or the usual one of the task; what only the service knows counts as
    one to maximise.
    """
    if metric.direction:
        return metric.direction != "minimize"
    try:
        from automl_tl.finetune.metrics import direction_of
    except ModuleNotFoundError:  # a client-only installation has no numpy
        return metric.name not in _MINIMISED if metric.name else task != "regression"
    return direction_of(metric.name, task) != "minimize"
