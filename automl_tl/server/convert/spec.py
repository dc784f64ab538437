"""JobSpec: what a client wrote becomes a checked spec, and a spec is told again in full."""

from __future__ import annotations

from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToDict
from pydantic import ValidationError

from automl_tl.errors import SpecError
from automl_tl.pipeline.spec import BudgetSpec, JobSpec
from automl_tl.server.convert.values import enum_number, enum_word
from automl_tl.v1 import jobs_pb2 as wire

__all__ = ["SPEC", "budget_from_wire", "spec_from_wire", "spec_to_wire"]

SPEC = "job.spec"
"""Path of the spec inside CreateJobRequest."""

# Where the wire says it in other words than the plain spec.
_WIRE_FIELDS = {
    "budget.trials": "budget.max_trials",
    "budget.wall_seconds": "budget.max_wall_time",
    "budget.gpu_seconds": "budget.max_gpu_time",
    "budget.money": "budget.max_cost",
}


def spec_from_wire(spec: wire.JobSpec) -> JobSpec:
    """Return the plain spec; what is unset takes its default.

    Raises
    ------
    SpecError
        Naming the field of the request, the rule and the value.
    """
    values: dict[str, Any] = {
        "dataset": spec.dataset,
        "split": {"column": spec.split.column, **_present(spec.split, "validation_fraction", "test_fraction")},
        "group_by": spec.group_by,
        "sensitive": tuple(spec.sensitive),
        "favourable": spec.favourable,
        "metric": _metric(spec.metric),
        "models": _models(spec.models),
        "scorers": tuple(spec.scorers),
        "search_space_name": spec.search_space_name,
        "search_space_yaml": spec.search_space_yaml,
        "budget": _budget(spec.budget),
        "conformal": _conformal(spec.conformal),
        "inherited": MessageToDict(spec.inherited, preserving_proto_field_name=True),
        "compute": {item.name: getattr(spec.compute, item.name) for item in spec.compute.DESCRIPTOR.fields},
        "ensemble": spec.ensemble,
        "seed": spec.seed,
        "include_examples": spec.include_examples,
        "notes": spec.notes,
        "labels": dict(spec.labels),
        **_present(spec, "top_k", "explanations"),
        **{
            name: value
            for name, value in (("task", spec.task), ("target", spec.target), ("layers", spec.layers))
            if value
        },
    }
    stage = enum_word(wire.Stage, "STAGE", spec.stop_after, field=f"{SPEC}.stop_after")
    if stage:
        values["stop_after"] = stage
    try:
        return JobSpec.model_validate(values)
    except ValidationError as error:
        raise _spec_error(error, SPEC) from None


def budget_from_wire(budget: wire.Budget, *, field: str = "budget") -> BudgetSpec:
    """Return the plain budget; raises SpecError."""
    try:
        return BudgetSpec.model_validate(_budget(budget))
    except ValidationError as error:
        raise _spec_error(error, field, prefix="budget") from None


def spec_to_wire(spec: JobSpec) -> wire.JobSpec:
    """Return the spec with every default filled in."""
    message = wire.JobSpec(
        dataset=spec.dataset,
        task=spec.task,
        target=spec.target,
        split=wire.SplitSpec(
            column=spec.split.column,
            validation_fraction=spec.split.validation_fraction,
            test_fraction=spec.split.test_fraction,
        ),
        group_by=spec.group_by,
        sensitive=spec.sensitive,
        favourable=spec.favourable,
        metric=wire.MetricSpec(
            name=spec.metric.name,
            direction=enum_number(wire.MetricSpec.Direction, "DIRECTION", spec.metric.direction),
        ),
        models=wire.ModelFilter(**spec.models.model_dump()),
        scorers=spec.scorers,
        top_k=spec.top_k,
        budget=wire.Budget(
            max_trials=spec.budget.trials,
            max_cost=spec.budget.money,
            price_per_device_hour=spec.budget.price_per_device_hour,
        ),
        stop_after=enum_number(wire.Stage, "STAGE", spec.stop_after.value),
        seed=spec.seed,
        explanations=spec.explanations,
        include_examples=spec.include_examples,
        notes=spec.notes,
        labels=spec.labels,
        layers=spec.layers,
        conformal=wire.Conformal(**spec.conformal.model_dump()),
        inherited=wire.Inherited(**spec.inherited.model_dump()),
        compute=wire.Compute(**spec.compute.model_dump()),
        ensemble=spec.ensemble,
    )
    if spec.budget.wall_seconds:
        message.budget.max_wall_time.CopyFrom(_duration(spec.budget.wall_seconds))
    if spec.budget.gpu_seconds:
        message.budget.max_gpu_time.CopyFrom(_duration(spec.budget.gpu_seconds))
    if spec.search_space_yaml:
        message.search_space_yaml = spec.search_space_yaml
    elif spec.search_space_name:
        message.search_space_name = spec.search_space_name
    return message


def _present(message: Any, *fields: str) -> dict[str, Any]:
    """Return the optional fields that were set; an explicit zero is checked like any other value."""
    return {name: getattr(message, name) for name in fields if message.HasField(name)}


def _metric(metric: wire.MetricSpec) -> dict[str, Any]:
    word = enum_word(wire.MetricSpec.Direction, "DIRECTION", metric.direction, field=f"{SPEC}.metric.direction")
    return {"name": metric.name, "direction": word.lower()}


def _models(models: wire.ModelFilter) -> dict[str, Any]:
    limits = {name: getattr(models, name) for name in ("max_parameters", "max_latency_ms", "max_memory_mb")}
    names = {"names": tuple(models.names)} if models.names else {}
    return {**limits, "licences": tuple(models.licences), **names}


def _conformal(conformal: wire.Conformal) -> dict[str, Any]:
    return {"alpha": conformal.alpha, **({"method": conformal.method} if conformal.method else {})}


def _budget(budget: wire.Budget) -> dict[str, Any]:
    values: dict[str, Any] = {
        "wall_seconds": budget.max_wall_time.seconds + budget.max_wall_time.nanos / 1e9,
        "gpu_seconds": budget.max_gpu_time.seconds + budget.max_gpu_time.nanos / 1e9,
        "money": budget.max_cost,
        "price_per_device_hour": budget.price_per_device_hour,
    }
    return values | ({"trials": budget.max_trials} if budget.HasField("max_trials") else {})


def _duration(seconds: float) -> Duration:
    duration = Duration()
    duration.FromNanoseconds(round(seconds * 1e9))
    return duration


def _spec_error(error: ValidationError, root: str, *, prefix: str = "") -> SpecError:
    first = error.errors(include_url=False)[0]
    path = ".".join(str(part) for part in first["loc"])
    full = _WIRE_FIELDS.get(f"{prefix}.{path}" if prefix else path, path).removeprefix(
        f"{prefix}." if prefix else ""
    )
    field = f"{root}.{full}" if full else root
    return SpecError(f"{field}: {first['msg']}; got {first['input']!r:.80}", field=field)
