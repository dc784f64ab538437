"""Which way a job's metric is better, as far as this installation can tell."""

from __future__ import annotations

from automl_tl.pipeline.spec import MetricSpec

__all__ = ["higher_is_better"]

_MAXIMISED_WITHOUT_NUMPY = ("r2", "spearman")


def higher_is_better(metric: MetricSpec, task: str = "classification") -> bool:
    """Return whether larger values win.

    The spec decides, then the metric itself or the usual one of the task; what only the service knows counts as
    one to maximise.
    """
    if metric.direction:
        return metric.direction != "minimize"
    try:
        from automl_tl.finetune.metrics import metrics, metrics_of, usual_metric
    except ModuleNotFoundError:  # a client-only installation has no numpy
        return metric.name in _MAXIMISED_WITHOUT_NUMPY or task != "regression"
    if not metric.name:
        return not metrics_of(task) or usual_metric(task).direction != "minimize"
    return metric.name not in metrics or metrics.get(metric.name).direction != "minimize"
