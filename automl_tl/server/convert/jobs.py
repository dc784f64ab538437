"""Jobs, trials, rankings and events as the wire has them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2

from automl_tl import names
from automl_tl.finetune.evaluation import Evaluation
from automl_tl.finetune.workload import CurvePoint
from automl_tl.pipeline import events
from automl_tl.probe.cost import ModelCost
from automl_tl.search.trial import Trial, TrialState
from automl_tl.server.convert.spec import spec_to_wire
from automl_tl.server.convert.values import enum_number, interval_values, timestamp
from automl_tl.server.status import DOMAIN, code_of_reason
from automl_tl.store.records import EventRecord, JobError, JobRecord, JobResult
from automl_tl.transferability.base import RankedModel
from automl_tl.v1 import artifacts_pb2
from automl_tl.v1 import jobs_pb2 as wire

__all__ = ["event_to_wire", "job_to_wire", "ranked_model_to_wire", "trial_to_wire"]


def job_to_wire(job: JobRecord) -> wire.Job:
    """Return a job."""
    return wire.Job(
        name=job.name,
        spec=spec_to_wire(job.spec),
        state=enum_number(wire.Job.State, "STATE", job.state.value),
        stage=enum_number(wire.Stage, "STAGE", job.stage),
        progress=job.progress,
        message=job.message,
        stop_reason=enum_number(wire.Job.StopReason, "STOP_REASON", job.stop_reason),
        error=None if job.error is None else _error(job.error),
        trial_counts=wire.TrialCounts(**{str(state).lower(): n for state, n in job.trial_counts.items()}),
        best_trial=names.trial_name(job.project, job.job, job.best_trial) if job.best_trial else "",
        result=None if job.result is None else _result(job, job.result),
        create_time=timestamp(job.create_time),
        queue_time=timestamp(job.queue_time),
        start_time=timestamp(job.start_time),
        end_time=timestamp(job.end_time),
        last_sequence=job.last_sequence,
        cancel_reason=job.cancel_reason,
    )


def ranked_model_to_wire(model: RankedModel) -> wire.RankedModel:
    """Return one row of a ranking."""
    return wire.RankedModel(
        model=model.model,
        rank=model.rank,
        score=model.score,
        score_low=model.low,
        score_high=model.high,
        scores=dict(model.scores),
        notes=dict(model.notes),
        probability_best=_known(model.probability_best),
        expected_regret=_known(model.expected_regret),
        contender=model.contender,
        layers=model.layers,
        prior_shift=_known(model.prior_shift),
        parameter_count=model.parameters,
        probe_seconds=model.probe_seconds,
        resolved_revision=model.resolved_revision,
        error=model.error,
        cost=None if model.cost is None else _cost(model.cost),
    )


def trial_to_wire(project: str, job: str, trial: Trial) -> wire.Trial:
    """Return one trial with its whole learning curve."""
    return wire.Trial(
        name=names.trial_name(project, job, trial.id),
        number=trial.number,
        state=_trial_state(trial.state),
        model=trial.model,
        strategy=trial.strategy,
        parameters_json=_canonical(trial.parameters),
        origin=trial.origin,
        seed=trial.seed,
        value=None if math.isnan(trial.value) else trial.value,
        metrics=dict(trial.metrics),
        curve=[_point(point) for point in trial.curve],
        seconds=trial.seconds,
        error=trial.error,
        fraction=trial.curve[-1].fraction if trial.curve else 0.0,
    )


def event_to_wire(project: str, job: str, event: EventRecord) -> wire.JobEvent:
    """Return one stored event."""
    message = wire.JobEvent(sequence=event.sequence, event_time=timestamp(event.time))
    payload = event.payload
    _EVENTS[type(payload)](message, project, job, payload, event)
    return message


def _job_changed(message: Any, _project: str, _job: str, payload: events.JobChanged, _event: EventRecord) -> None:
    message.job.name = payload.job
    message.job.state = enum_number(wire.Job.State, "STATE", payload.state)
    message.job.stage = enum_number(wire.Stage, "STAGE", payload.stage)
    message.job.stop_reason = enum_number(wire.Job.StopReason, "STOP_REASON", payload.stop_reason)
    if payload.error:
        message.job.error.message = payload.error
        message.job.error.code = code_of_reason("")


def _progress(message: Any, _project: str, _job: str, payload: events.StageProgress, _event: EventRecord) -> None:
    stage = enum_number(wire.Stage, "STAGE", payload.stage)
    message.progress.CopyFrom(wire.Progress(stage=stage, fraction=payload.fraction, message=payload.message))


def _ranking(message: Any, _project: str, _job: str, payload: events.RankingReady, _event: EventRecord) -> None:
    message.ranking_ready.CopyFrom(wire.RankingReady(model_count=payload.models, best_model=payload.best))


def _trial(message: Any, project: str, job: str, payload: events.TrialChanged, event: EventRecord) -> None:
    message.trial.CopyFrom(
        wire.Trial(
            name=names.trial_name(project, job, payload.id),
            number=payload.number,
            state=_trial_state(payload.state),
            model=payload.model,
            strategy=payload.strategy,
            parameters_json=_canonical(payload.parameters),
            origin=payload.origin,
            value=None if math.isnan(payload.value) else payload.value,
            curve=[_point(CurvePoint(**values)) for values in event.values.get("curve", ())],
            seconds=payload.seconds,
            error=payload.error,
            fraction=payload.fraction,
        )
    )


def _artifact(message: Any, project: str, job: str, payload: events.ArtifactPublished, event: EventRecord) -> None:
    message.artifact.CopyFrom(
        artifacts_pb2.Artifact(
            name=names.artifact_name(project, job, payload.name),
            kind=payload.kind,
            media_type=payload.media_type,
            size_bytes=payload.size_bytes,
            sha256=bytes.fromhex(payload.sha256),
            create_time=timestamp(event.time),
        )
    )


def _warning(message: Any, _project: str, _job: str, payload: events.Warned, _event: EventRecord) -> None:
    message.warning.message = payload.message


_EVENTS: dict[type, Callable[..., None]] = {
    events.JobChanged: _job_changed,
    events.StageProgress: _progress,
    events.RankingReady: _ranking,
    events.TrialChanged: _trial,
    events.ArtifactPublished: _artifact,
    events.Warned: _warning,
}


def _trial_state(state: TrialState | str) -> Any:
    return enum_number(wire.Trial.State, "STATE", str(state))


def _canonical(values: Any) -> str:
    return json.dumps(dict(values), sort_keys=True, separators=(",", ":"))


def _point(point: CurvePoint) -> wire.CurvePoint:
    return wire.CurvePoint(
        update=point.update,
        fraction=point.fraction,
        seconds=point.seconds,
        train_loss=point.train_loss,
        metrics=dict(point.metrics),
    )


def _cost(cost: ModelCost) -> wire.ModelCost:
    return wire.ModelCost(
        parameter_count=cost.parameters,
        flops=_known(cost.flops),
        latency_ms=_known(cost.latency_ms),
        examples_per_second=_known(cost.examples_per_second),
        weight_bytes=_whole(cost.weight_bytes),
        inference_bytes=_whole(cost.inference_bytes),
        training_bytes=_whole(cost.training_bytes),
        trial_seconds=_known(cost.trial_seconds),
        device=cost.device,
        notes=dict(cost.notes),
    )


def _known(figure: float) -> float | None:
    """Return a figure, None where there is none: a field that is absent."""
    return figure if math.isfinite(figure) else None


def _whole(figure: float) -> int | None:
    return round(figure) if math.isfinite(figure) else None


def _error(error: JobError) -> status_pb2.Status:
    status = status_pb2.Status(code=code_of_reason(error.reason), message=error.message)
    detail = any_pb2.Any()
    detail.Pack(error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN))
    status.details.append(detail)
    return status


def _result(job: JobRecord, result: JobResult) -> wire.JobResult:
    seconds = (job.end_time - job.start_time).total_seconds() if job.start_time and job.end_time else 0.0
    return wire.JobResult(
        model=result.model,
        strategy=result.strategy,
        trial=names.trial_name(job.project, job.job, result.trial) if result.trial else "",
        metric=result.metric,
        direction=enum_number(wire.MetricSpec.Direction, "DIRECTION", result.direction),
        final=None if result.final is None else _evaluation(result.final),
        baselines=[_evaluation(each) for each in result.baselines],
        seconds=seconds,
    )


def _evaluation(evaluation: Evaluation) -> wire.Evaluation:
    difference = evaluation.difference
    return wire.Evaluation(
        name=evaluation.name,
        description=evaluation.description,
        metrics={name: wire.Interval(**interval_values(each)) for name, each in evaluation.metrics.items()},
        difference=None if difference is None else wire.Interval(**interval_values(difference)),
    )
