"""The end of a job as one JSON object for programs and as a few lines for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import click
from rich.console import Console

from automl_tl.cli.consoles import is_wide
from automl_tl.cli.durations import format_duration
from automl_tl.cli.tables import result_table
from automl_tl.client.types import Interval, JobResult
from automl_tl.errors import AutomlError, Cancelled
from automl_tl.json_codec import from_plain, to_plain
from automl_tl.pipeline.events import TrialChanged
from automl_tl.pipeline.spec import JobState

__all__ = ["Outcome", "json_of_refusal", "read_result", "search_trials"]

_FREE_ORIGINS = frozenset({"probe", "baseline"})
"""Trials that the budget does not count."""


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    ``error_reason`` is the stable identifier of a failure; ``paths`` holds ``report``, ``report_json``,
    ``model_path`` and ``ranking``, those that there are.
    """

    job: str
    state: str
    stop_reason: str = ""
    error: str = ""
    error_reason: str = ""
    result: JobResult | None = None
    seconds: float = 0.0
    trials: int = 0
    paths: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return one line of JSON; figures that do not exist are null."""
        result = self.result or JobResult(model="")
        final = result.final.metrics if result.final else {}
        line = to_plain(
            {
                "job": self.job,
                "state": self.state,
                "stop_reason": self.stop_reason,
                "error": self.error,
                "model": result.model,
                "strategy": result.strategy,
                "metric": result.metric,
                "metrics": _values(final),
                "intervals": {name: [each.low, each.high] for name, each in final.items()},
                "baselines": {each.name: _values(each.metrics) for each in result.baselines},
                "seconds": round(self.seconds, 3),
                "trials": self.trials,
                "report": self.paths.get("report", ""),
                "report_json": self.paths.get("report_json", ""),
                "model_path": self.paths.get("model_path", ""),
                "ranking": self.paths.get("ranking", ""),
            }
        )
        return json.dumps(line, allow_nan=False)

    def show(self, console: Console) -> None:
        """Print what a person wants to know: result next to baselines, and where the files lie."""
        took = f"{self.trials} trials in {format_duration(self.seconds)}"
        state = self.state.lower()
        why = self.error or self.stop_reason.lower().replace("_", " ")
        line = f"{state} ({why}), {took}" if why not in ("", state) else f"{state}, {took}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
        if self.result is not None and self.result.final is not None:
            console.print(result_table(self.result, wide=is_wide(console)))
        for name, path in self.paths.items():
            label = name.removesuffix("_path").replace("_", " ")
            console.print(f"{label:<12} {path}", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def json_of_refusal(as_json: bool) -> Iterator[None]:
    """Print the line of a job that failed, if JSON was asked for, also where an error keeps it from beginning."""
    try:
        yield
    except AutomlError as error:
        if as_json:
            state = JobState.CANCELLED if isinstance(error, Cancelled) else JobState.FAILED
            click.echo(Outcome(job="", state=state.value, error=error.message).to_json())
        raise


def search_trials(trials: Iterable[TrialChanged]) -> int:
    """Return how many trials the budget counts: the probe's incumbents and the baselines are free."""
    return sum(trial.origin not in _FREE_ORIGINS for trial in trials)


def read_result(values: Mapping[str, Any]) -> JobResult | None:
    """Return the result that a job's summary describes, None if no model was chosen; unknown keys are ignored."""
    return from_plain(JobResult, dict(values)) if values.get("model") else None


def _values(metrics: Mapping[str, Interval]) -> dict[str, float]:
    return {name: each.value for name, each in metrics.items()}
