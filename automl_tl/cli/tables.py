"""Results, trials and lists as tables for people."""

from __future__ import annotations

import math
from collections.abc import Iterable

from rich.markup import escape
from rich.table import Table

from automl_tl.cli.durations import format_duration
from automl_tl.client.types import CatalogModel, Interval, Job, JobResult, Trial

__all__ = [
    "count",
    "figure",
    "jobs_table",
    "models_table",
    "negative_transfer",
    "result_table",
    "trials_table",
]


def figure(value: float, digits: int = 4) -> str:
    """Return a number as text, a dash where there is none."""
    return f"{value:.{digits}f}" if math.isfinite(value) else "-"


def count(number: int) -> str:
    """Return a number of parameters as people say it: ``240 K``, ``11.7 M``, a dash for 0."""
    if not number:
        return "-"
    if number < 1_000_000:
        return f"{number / 1e3:.0f} K"
    return f"{number / 1e6:.1f} M" if number < 1e9 else f"{number / 1e9:.1f} G"


def result_table(result: JobResult, *, title: str = "Test part, measured once", wide: bool = True) -> Table:
    """Return the delivered model next to its baselines, with 95 % intervals and paired differences."""
    evaluations = [each for each in (result.final, *result.baselines) if each is not None]
    metrics = _metric_names(result, 3 if wide else 2)
    table = _table(title, "", *metrics, "difference")
    for each in evaluations:
        final = each is result.final
        table.add_row(
            "this model" if final else escape(each.name),
            *(_interval(each.metrics.get(name)) for name in metrics),
            "" if final else _interval(each.difference, signed=True),
            style="bold green" if final else "",
        )
    about = f"this model: {escape(result.model)}, {result.strategy}; difference: in {result.metric}"
    table.caption = "\n".join(filter(None, (about, escape(negative_transfer(result)))))
    table.caption_justify = "left"
    return table


def negative_transfer(result: JobResult) -> str:
    """Return a sentence that names the baselines that are clearly better than the delivered model, or ""."""
    better = []
    for each in result.baselines:
        difference = each.difference
        if difference is not None and (
            difference.low > 0 if result.direction == "minimize" else difference.high < 0
        ):
            better.append(each.name)
    if not better:
        return ""
    return f"Negative transfer: on this data {' and '.join(better)} did better than the delivered model."


def trials_table(
    trials: Iterable[Trial], *, metric: str = "value", higher_is_better: bool = True, title: str = ""
) -> Table:
    """Return the trials, best first."""
    sign = -1.0 if higher_is_better else 1.0
    rows = sorted(trials, key=lambda trial: (math.isnan(trial.value), sign * trial.value, trial.number))
    table = _table(title, "trial", "model", "strategy", f"validation {metric}", "state", "time", "origin")
    for place, trial in enumerate(rows):
        table.add_row(
            trial.name.rpartition("/")[2],
            escape(trial.model),
            trial.strategy,
            figure(trial.value),
            trial.state.lower(),
            format_duration(trial.seconds),
            trial.origin,
            style="bold green" if place == 0 else "",
        )
    return table


def jobs_table(jobs: Iterable[Job]) -> Table:
    """Return jobs with their state."""
    table = _table("", "job", "state", "stage", "created (UTC)", "model", "why it stopped")
    for job in jobs:
        table.add_row(
            job.name.rpartition("/")[2],
            job.state.value,
            job.stage.lower(),
            job.create_time.strftime("%Y-%m-%d %H:%M:%S") if job.create_time else "",
            escape(job.result.model) if job.result else "",
            escape(job.error) or job.stop_reason.lower(),
        )
    return table


def models_table(models: Iterable[CatalogModel]) -> Table:
    """Return candidate models with what is known before loading."""
    table = _table("", "model", "modality", "family", "parameters", "licence", "trained on")
    for model in models:
        table.add_row(
            escape(model.id),
            model.modality,
            model.family,
            count(model.parameters),
            model.licence or "unknown",
            escape(model.domain),
        )
    return table


_WHOLE = frozenset({"", "#", "job", "model", "trial", "score", "95 % interval", "difference", "state"})
"""Columns that are read as one word."""


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title or None, title_justify="left", box=None, header_style="dim", padding=(0, 2, 0, 0))
    for name in columns:
        table.add_column(name, no_wrap=name in _WHOLE, overflow="fold")
    return table


_SECOND = ("macro_f1", "balanced_accuracy", "accuracy", "micro_f1", "r2", "mae", "rmse")


def _metric_names(result: JobResult, limit: int) -> list[str]:
    """Return the job's metric, then the ones that people know best."""
    names = list(result.final.metrics) if result.final else []
    order = [result.metric, *(name for name in _SECOND if name != result.metric)]
    return sorted(names, key=lambda name: order.index(name) if name in order else len(order))[:limit]


def _interval(interval: Interval | None, *, signed: bool = False) -> str:
    if interval is None or not math.isfinite(interval.value):
        return "-"
    sign = "+" if signed else ""
    if not (math.isfinite(interval.low) and math.isfinite(interval.high)):
        return f"{interval.value:{sign}.3f} (interval unknown)"
    return f"{interval.value:{sign}.3f} ({interval.low:{sign}.2f}..{interval.high:{sign}.2f})"
