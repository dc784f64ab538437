"""Job rows to records and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from automl_tl.finetune.evaluation import Evaluation, Interval
from automl_tl.pipeline.spec import JobSpec, JobState
from automl_tl.search.trial import TrialState
from automl_tl.store import schema
from automl_tl.store.codec import from_json, from_seconds, to_json
from automl_tl.store.records import JobError, JobRecord, JobResult

__all__ = ["error_to_json", "job_record", "job_records", "result_from_json", "result_to_json"]


def error_to_json(error: JobError) -> str:
    """Return the text of the ``error`` column."""
    return to_json(dataclasses.asdict(error))


def result_to_json(result: JobResult) -> str:
    """Return the text of the ``result`` column."""
    return to_json(dataclasses.asdict(result))


def result_from_json(text: str) -> JobResult:
    """Return what :func:`result_to_json` wrote."""
    values = from_json(text)
    final = values.pop("final")
    baselines = tuple(_evaluation(each) for each in values.pop("baselines"))
    return JobResult(**values, final=None if final is None else _evaluation(final), baselines=baselines)


def job_record(connection: Connection, row: Any) -> JobRecord:
    """Return one row of the jobs table as a record."""
    return job_records(connection, [row])[0]


def job_records(connection: Connection, rows: Sequence[Any]) -> list[JobRecord]:
    """Return rows of the jobs table as records, their trials counted with one query."""
    counts = _trial_counts(connection, [row.id for row in rows])
    return [_record(row, counts.get(row.id, {})) for row in rows]


def _trial_counts(connection: Connection, job_ids: Sequence[int]) -> dict[int, dict[TrialState, int]]:
    trials = schema.trials
    query = select(trials.c.job_id, trials.c.state, func.count()).where(trials.c.job_id.in_(job_ids))
    counts: dict[int, dict[TrialState, int]] = {}
    for job_id, state, count in connection.execute(query.group_by(trials.c.job_id, trials.c.state)):
        counts.setdefault(job_id, {})[TrialState(state)] = count
    return counts


def _record(row: Any, counts: Mapping[TrialState, int]) -> JobRecord:
    return JobRecord(
        project=row.project,
        job=row.job,
        spec=JobSpec.model_validate_json(row.spec),
        state=JobState(row.state),
        stage=row.stage,
        progress=row.progress,
        message=row.message,
        stop_reason=row.stop_reason,
        error=None if row.error is None else JobError(**from_json(row.error)),
        result=None if row.result is None else result_from_json(row.result),
        best_trial=row.best_trial,
        cancel_reason=row.cancel_reason,
        create_time=_time(row.create_time),
        queue_time=_time(row.queue_time),
        start_time=from_seconds(row.start_time),
        end_time=from_seconds(row.end_time),
        last_sequence=row.last_sequence,
        trial_counts=counts,
    )


def _time(seconds: float) -> datetime:
    time = from_seconds(seconds)
    assert time is not None
    return time


def _interval(values: Mapping[str, float]) -> Interval:
    return Interval(**values)


def _evaluation(values: Mapping[str, Any]) -> Evaluation:
    return Evaluation(
        name=values["name"],
        description=values["description"],
        metrics={name: _interval(each) for name, each in values["metrics"].items()},
        difference=None if values["difference"] is None else _interval(values["difference"]),
    )
