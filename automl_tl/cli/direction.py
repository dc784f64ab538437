"""Which way a job's metric is better, as far as this installation can tell."""

from __future__ import annotations

from automl_tl.pipeline.spec import MetricSpec

__all__ = ["higher_is_better"]


def higher_is_better(metric: MetricSpec, task: str = "classification") -> bool:
    """Return whether larger values win.

    The spec decides, then the metric itself; a metric that only the service knows counts as one to maximise. So do
    those that are chosen by default, except for numbers, where they are errors.
    """
    if metric.direction:
        return metric.direction != "minimize"
    if not metric.name:
        return task != "regression"
    try:
        from automl_tl.finetune.metrics import metrics
    except ModuleNotFoundError:  # a client-only installation has no numpy
        return True
    return metric.name not in metrics or metrics.get(metric.name).direction != "minimize"
