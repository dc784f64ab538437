"""Wire types to plain types and back: the only place of the client that knows both."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2, status_pb2

from automl_tl.client import types
from automl_tl.pipeline import events
from automl_tl.pipeline.spec import BudgetSpec, JobSpec, JobState, MetricSpec, ModelFilter, SplitSpec, Stage
from automl_tl.probe.cost import ModelCost
from automl_tl.v1 import artifacts_pb2, catalog_pb2, datasets_pb2, jobs_pb2

__all__ = [
    "artifact_from_wire",
    "budget_to_wire",
    "dataset_from_wire",
    "event_from_wire",
    "job_from_wire",
    "model_from_wire",
    "plugin_from_wire",
    "ranked_model_from_wire",
    "spec_from_wire",
    "spec_to_wire",
    "state_to_wire",
    "trial_from_wire",
]

_Direction = jobs_pb2.MetricSpec.Direction


def spec_to_wire(spec: JobSpec) -> jobs_pb2.JobSpec:
    """Return the spec as it is sent; every field is written out, so that no default depends on the server."""
    wire = jobs_pb2.JobSpec(
        dataset=spec.dataset,
        task=spec.task,
        target=spec.target,
        split=jobs_pb2.SplitSpec(**spec.split.model_dump()),
        group_by=spec.group_by,
        sensitive=spec.sensitive,
        favourable=spec.favourable,
        metric=jobs_pb2.MetricSpec(name=spec.metric.name, direction=_direction_to_wire(spec.metric.direction)),
        models=jobs_pb2.ModelFilter(**spec.models.model_dump()),
        scorers=spec.scorers,
        top_k=spec.top_k,
        budget=budget_to_wire(spec.budget),
        stop_after=_value(jobs_pb2.Stage, f"STAGE_{spec.stop_after.value}"),
        seed=spec.seed,
        explanations=spec.explanations,
        include_examples=spec.include_examples,
        notes=spec.notes,
        labels=spec.labels,
        layers=spec.layers,
        conformal=jobs_pb2.Conformal(**spec.conformal.model_dump()),
        inherited=jobs_pb2.Inherited(**spec.inherited.model_dump()),
        compute=jobs_pb2.Compute(**spec.compute.model_dump()),
        ensemble=spec.ensemble,
    )
    if spec.search_space_yaml:
        wire.search_space_yaml = spec.search_space_yaml
    elif spec.search_space_name:
        wire.search_space_name = spec.search_space_name
    return wire


def spec_from_wire(wire: jobs_pb2.JobSpec) -> JobSpec:
    """Return a spec that the service sent; what it left unset takes the default of the plain type."""
    given: dict[str, Any] = {
        "dataset": wire.dataset,
        "group_by": wire.group_by,
        "sensitive": tuple(wire.sensitive),
        "favourable": wire.favourable,
        "metric": MetricSpec(name=wire.metric.name, direction=_direction_from_wire(wire.metric.direction)),
        "scorers": tuple(wire.scorers),
        "search_space_name": wire.search_space_name,
        "search_space_yaml": wire.search_space_yaml,
        "split": SplitSpec(column=wire.split.column, **_present(wire.split, *_FRACTIONS)),
        "models": _filter_from_wire(wire.models),
        "budget": _budget_from_wire(wire.budget),
        "conformal": {"alpha": wire.conformal.alpha, "method": wire.conformal.method or "lac"},
        "inherited": MessageToDict(wire.inherited, preserving_proto_field_name=True),
        "compute": {item.name: getattr(wire.compute, item.name) for item in wire.compute.DESCRIPTOR.fields},
        "ensemble": wire.ensemble,
        "seed": wire.seed,
        "include_examples": wire.include_examples,
        "notes": wire.notes,
        "labels": dict(wire.labels),
        **_present(wire, "top_k", "explanations"),
    }
    given.update({name: getattr(wire, name) for name in ("task", "target", "layers") if getattr(wire, name)})
    if wire.stop_after:
        given["stop_after"] = Stage(_word(jobs_pb2.Stage, wire.stop_after, "STAGE_"))
    return JobSpec(**given)


_FRACTIONS = ("validation_fraction", "test_fraction")


def budget_to_wire(budget: BudgetSpec) -> jobs_pb2.Budget:
    """Return the limits as they are sent."""
    wire = jobs_pb2.Budget(
        max_trials=budget.trials,
        max_cost=budget.money,
        price_per_device_hour=budget.price_per_device_hour,
    )
    if budget.wall_seconds:
        wire.max_wall_time.FromNanoseconds(round(budget.wall_seconds * 1e9))
    if budget.gpu_seconds:
        wire.max_gpu_time.FromNanoseconds(round(budget.gpu_seconds * 1e9))
    return wire


def state_to_wire(state: JobState) -> Any:
    """Return the wire value of a job state."""
    return _value(jobs_pb2.Job.State, f"STATE_{state.value}")


def job_from_wire(wire: jobs_pb2.Job) -> types.Job:
    """Return a job; a state of a newer service counts as RUNNING."""
    return types.Job(
        name=wire.name,
        spec=spec_from_wire(wire.spec),
        state=_state_from_wire(wire.state),
        stage=_word(jobs_pb2.Stage, wire.stage, "STAGE_"),
        progress=wire.progress,
        message=wire.message,
        stop_reason=_word(jobs_pb2.Job.StopReason, wire.stop_reason, "STOP_REASON_"),
        error=wire.error.message,
        trial_counts={
            item.name: getattr(wire.trial_counts, item.name) for item in wire.trial_counts.DESCRIPTOR.fields
        },
        best_trial=wire.best_trial,
        result=_result_from_wire(wire.result) if wire.HasField("result") else None,
        create_time=_time(wire, "create_time"),
        start_time=_time(wire, "start_time"),
        end_time=_time(wire, "end_time"),
        last_sequence=wire.last_sequence,
        cancel_reason=wire.cancel_reason,
        error_reason=_error_reason(wire.error),
    )


def dataset_from_wire(wire: datasets_pb2.Dataset) -> types.Dataset:
    """Return a dataset."""
    return types.Dataset(
        name=wire.name,
        display_name=wire.display_name,
        modality=wire.modality,
        columns=tuple(
            types.Column(column.name, column.unique_count, column.missing_count, tuple(column.example_values))
            for column in wire.columns
        ),
        row_count=wire.row_count,
        size_bytes=wire.size_bytes,
        create_time=_time(wire, "create_time"),
        issues=tuple(types.RowIssue(issue.row, issue.problem) for issue in wire.issues),
        issue_count=wire.issue_count,
        uri=wire.uri,
    )


def ranked_model_from_wire(wire: jobs_pb2.RankedModel) -> types.RankedModel:
    """Return one row of a ranking."""
    return types.RankedModel(
        model=wire.model,
        rank=wire.rank,
        score=wire.score,
        low=wire.score_low,
        high=wire.score_high,
        scores=dict(wire.scores),
        notes=dict(wire.notes),
        contender=wire.contender,
        layers=wire.layers,
        **_present(wire, "probability_best", "expected_regret", "prior_shift"),
        parameters=wire.parameter_count,
        probe_seconds=wire.probe_seconds,
        resolved_revision=wire.resolved_revision,
        error=wire.error,
        cost=_cost_from_wire(wire.cost) if wire.HasField("cost") else None,
    )


def trial_from_wire(wire: jobs_pb2.Trial) -> types.Trial:
    """Return one trial."""
    return types.Trial(
        name=wire.name,
        number=wire.number,
        state=_word(jobs_pb2.Trial.State, wire.state, "STATE_"),
        model=wire.model,
        strategy=wire.strategy,
        parameters=json.loads(wire.parameters_json or "{}"),
        origin=wire.origin,
        seed=wire.seed,
        value=wire.value if wire.HasField("value") else float("nan"),
        metrics=dict(wire.metrics),
        fraction=wire.fraction,
        curve=tuple(
            types.CurvePoint(point.update, point.fraction, point.seconds, point.train_loss, dict(point.metrics))
            for point in wire.curve
        ),
        seconds=wire.seconds,
        error=wire.error,
    )


def artifact_from_wire(wire: artifacts_pb2.Artifact) -> types.Artifact:
    """Return one artifact's description."""
    return types.Artifact(
        name=wire.name,
        kind=wire.kind,
        media_type=wire.media_type,
        size_bytes=wire.size_bytes,
        sha256=wire.sha256.hex(),
        create_time=_time(wire, "create_time"),
        stage=wire.stage,
    )


def model_from_wire(wire: catalog_pb2.Model) -> types.CatalogModel:
    """Return one model of the catalog."""
    return types.CatalogModel(
        id=wire.id,
        modality=wire.modality,
        parameters=wire.parameter_count,
        licence=wire.license,
        revision=wire.revision,
        architecture=wire.architecture,
        family=wire.family,
        domain=wire.domain,
        description=wire.description,
        embedding_size=wire.embedding_size,
    )


def plugin_from_wire(wire: catalog_pb2.Plugin) -> types.Plugin:
    """Return one plug-in."""
    return types.Plugin(wire.slot, wire.plugin_id, wire.summary, wire.distribution)


def event_from_wire(wire: jobs_pb2.JobEvent) -> events.JobEvent:
    """Return one event; a kind that this client does not know counts as a sign of life."""
    return events.JobEvent(wire.sequence, _time(wire, "event_time") or datetime.now(UTC), _payload_from_wire(wire))


def _payload_from_wire(wire: Any) -> events.Payload:
    match wire.WhichOneof("event"):
        case "job":
            job = job_from_wire(wire.job)
            return events.JobChanged(job.name, job.state.value, job.stage, job.stop_reason, job.error)
        case "ranking_ready":
            return events.RankingReady(wire.ranking_ready.model_count, wire.ranking_ready.best_model)
        case "trial":
            return _trial_changed(trial_from_wire(wire.trial))
        case "artifact":
            artifact = artifact_from_wire(wire.artifact)
            return events.ArtifactPublished(
                artifact.name, artifact.kind, artifact.media_type, artifact.size_bytes, artifact.sha256
            )
        case "warning":
            return events.Warned(wire.warning.message)
        case "progress":
            stage = _word(jobs_pb2.Stage, wire.progress.stage, "STAGE_")
            return events.StageProgress(stage, wire.progress.fraction, wire.progress.message)
        case _:
            return events.Heartbeat()


def _trial_changed(trial: types.Trial) -> events.TrialChanged:
    return events.TrialChanged(
        id=trial.name.rpartition("/")[2],
        number=trial.number,
        model=trial.model,
        strategy=trial.strategy,
        state=trial.state,
        value=trial.value,
        fraction=trial.fraction,
        seconds=trial.seconds,
        origin=trial.origin,
        error=trial.error,
        parameters=trial.parameters,
    )


def _result_from_wire(wire: jobs_pb2.JobResult) -> types.JobResult:
    return types.JobResult(
        model=wire.model,
        strategy=wire.strategy,
        trial=wire.trial,
        metric=wire.metric,
        direction=_direction_from_wire(wire.direction),
        final=_evaluation_from_wire(wire.final) if wire.HasField("final") else None,
        baselines=tuple(_evaluation_from_wire(each) for each in wire.baselines),
        seconds=wire.seconds,
    )


def _evaluation_from_wire(wire: jobs_pb2.Evaluation) -> types.Evaluation:
    return types.Evaluation(
        name=wire.name,
        description=wire.description,
        metrics={name: _interval(each) for name, each in wire.metrics.items()},
        difference=_interval(wire.difference) if wire.HasField("difference") else None,
    )


def _interval(wire: jobs_pb2.Interval) -> types.Interval:
    return types.Interval(wire.value, wire.low, wire.high)


def _filter_from_wire(wire: jobs_pb2.ModelFilter) -> ModelFilter:
    names = {"names": tuple(wire.names)} if wire.names else {}
    return ModelFilter(
        max_parameters=wire.max_parameters,
        licences=tuple(wire.licences),
        max_latency_ms=wire.max_latency_ms,
        max_memory_mb=wire.max_memory_mb,
        **names,
    )


_FIGURES = (
    *("flops", "latency_ms", "examples_per_second", "trial_seconds"),
    *("weight_bytes", "inference_bytes", "training_bytes"),
)


def _cost_from_wire(wire: jobs_pb2.ModelCost) -> ModelCost:
    figures = {name: float(value) for name, value in _present(wire, *_FIGURES).items()}
    return ModelCost(parameters=wire.parameter_count, device=wire.device, notes=dict(wire.notes), **figures)


def _budget_from_wire(wire: jobs_pb2.Budget) -> BudgetSpec:
    trials = {"trials": wire.max_trials} if wire.HasField("max_trials") else {}
    return BudgetSpec(
        wall_seconds=wire.max_wall_time.ToNanoseconds() / 1e9,
        gpu_seconds=wire.max_gpu_time.ToNanoseconds() / 1e9,
        money=wire.max_cost,
        price_per_device_hour=wire.price_per_device_hour,
        **trials,
    )


def _direction_to_wire(direction: str) -> Any:
    return _value(_Direction, f"DIRECTION_{direction.upper() or 'UNSPECIFIED'}")


def _direction_from_wire(value: int) -> Any:
    return _word(_Direction, value, "DIRECTION_").lower()


def _state_from_wire(value: int) -> JobState:
    word = _word(jobs_pb2.Job.State, value, "STATE_")
    return JobState(word) if word in JobState.__members__ else JobState.RUNNING


def _value(enum: Any, name: str) -> Any:
    """Return the number of an enum value; Any, because the generated stubs call it int and want it as an enum."""
    return enum.Value(name)


def _word(enum: Any, value: int, prefix: str) -> str:
    """Return the name of an enum value without its prefix; "" for unspecified and for values of newer services."""
    names = {number: name for name, number in enum.items()}
    return "" if value == 0 else names.get(value, "").removeprefix(prefix)


def _present(wire: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(wire, name) for name in names if wire.HasField(name)}


def _error_reason(status: status_pb2.Status) -> str:
    info = error_details_pb2.ErrorInfo()
    for detail in status.details:
        detail.Unpack(info)
    return info.reason


def _time(wire: Any, name: str) -> datetime | None:
    if not wire.HasField(name):
        return None
    stamp: Timestamp = getattr(wire, name)
    return stamp.ToDatetime(tzinfo=UTC)
