"""INGEST: bind the dataset to its target, split it, and say what the data looks like."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Split, TargetData
from automl_tl.data.profile import Profile, profile
from automl_tl.data.target import bind_target
from automl_tl.errors import NotFound, SpecError
from automl_tl.finetune.metrics import Metric, metrics
from automl_tl.finetune.tasks.base import MetricChoice, learning_tasks
from automl_tl.json_codec import from_plain, to_plain
from automl_tl.pipeline.calibration import set_aside_calibration
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.events import CHECKPOINT_KIND
from automl_tl.pipeline.job_checks import check_direction, check_task
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.spec import JobSpec, Stage
from automl_tl.pipeline.streaming import Streaming, is_streamed, narrowed, some_rows, sorted_by_class

__all__ = ["Ingested", "publish", "run"]

_SAMPLE, _STREAMING = "sample.bin", "streaming.json"
_SHUFFLE = (
    "the shards are sorted by class, or nearly so: training reads some row groups at a time and would see few "
    "classes together; shuffle the rows before writing the shards, or write smaller row groups"
)


@dataclass(frozen=True)
class Ingested:
    """The target with its split, its profile, and the metric that decides with the reason why it is this one.

    ``calibration`` holds rows, ascending, that are in no part: only prediction sets are calibrated on them.
    ``whole`` is None unless the data is streamed: then the parts of ``target`` are samples of its parts, and
    fine-tuning draws from all of them. ``streaming`` says how the samples were drawn.
    """

    target: TargetData
    profile: Profile
    metric: Metric
    calibration: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    metric_reason: str = ""
    whole: Split | None = None
    streaming: Streaming | None = None


def run(job: JobContext) -> Ingested:
    """Bind, split and profile; deterministic in dataset, spec and seed, so it is simply repeated on resume."""
    spec, streaming = job.spec, _streaming(job)
    target = bind_target(
        job.dataset,
        task=spec.task,
        target=spec.target,
        split_column=spec.split.column,
        group_by=spec.group_by,
        sensitive=spec.sensitive,
        validation_fraction=spec.split.validation_fraction,
        test_fraction=spec.split.test_fraction,
        seed=spec.seed,
        join_copies=streaming is None,
    )
    _check_favourable(spec.favourable, target)
    choice = _metric_choice(spec, target)
    metric = metrics.get(choice.name)
    check_task(metric, spec.task)
    check_direction(metric, spec.metric.direction)
    most_rows = streaming.profile_rows if streaming else 0
    data_profile = profile(target, most_rows=most_rows, veiled=not spec.include_examples, seed=spec.seed)
    target, calibration = set_aside_calibration(target, spec.conformal.alpha, seed=spec.seed)
    whole = None
    if streaming is not None:
        whole, path = target.split, job.directory(Stage.INGEST) / _SAMPLE
        told = [_told(whole, streaming), *([_SHUFFLE] if sorted_by_class(target, whole.train) else [])]
        data_profile = replace(data_profile, warnings=(*data_profile.warnings, *told))
        calibration = some_rows(calibration, target, streaming.test_rows, seed=spec.seed)
        target = narrowed(target, streaming, path, seed=spec.seed, check=job.check)
    return Ingested(
        target=target,
        profile=data_profile,
        metric=metric,
        calibration=calibration,
        metric_reason=choice.reason,
        whole=whole,
        streaming=streaming,
    )


def _streaming(job: JobContext) -> Streaming | None:
    """Return how the data is streamed, None if it is not; a job that was resumed goes on as it began."""
    if not job.journal.finished_stage(Stage.INGEST):
        return job.streaming if is_streamed(job.dataset, job.streaming) else None
    try:
        path = job.journal.fetch(_STREAMING, job.directory(Stage.INGEST) / _STREAMING)
    except NotFound:
        return None
    return from_plain(Streaming, json.loads(path.read_text(encoding="utf-8")))


def _told(whole: Split, streaming: Streaming) -> str:
    """Return what a reader of figures should know of a streamed data set."""
    parts = ", ".join(
        f"{min(len(rows), most):,} of {len(rows):,} {name}"
        for name, rows, most in (
            ("training", whole.train, streaming.train_rows),
            ("validation", whole.validation, streaming.validation_rows),
            ("test", whole.test, streaming.test_rows),
        )
    )
    return (
        "the data set is streamed, since it would not fit into memory: candidates are compared, probes fitted and "
        f"models measured on samples ({parts} rows); fine-tuning draws from all training rows; sizes and copies "
        f"were looked for in {streaming.profile_rows:,} rows at most"
    )


def _check_favourable(name: str, target: TargetData) -> None:
    """Raise SpecError now where the bias report would only find out at the end."""
    if name and (target.task == "regression" or name not in target.class_names):
        known = ", ".join(target.class_names[:10]) if target.task != "regression" else "none, since it is a number"
        raise SpecError(
            f"favourable must be a class of {target.target!r} ({known}) but is {name!r}", field="favourable"
        )


def _metric_choice(spec: JobSpec, target: TargetData) -> MetricChoice:
    """Return the metric that the spec names, or else the one that suits task and training labels."""
    if spec.metric.name:
        return MetricChoice(spec.metric.name, "because the job asked for it")
    return learning_tasks.get(spec.task).default_metric(target.labels[target.split.train])


def publish(job: JobContext, product: Ingested) -> None:
    """Publish the profile."""
    for warning in product.profile.warnings:
        job.journal.warn(warning)
    path = job.directory(Stage.INGEST) / "profile.json"
    path.write_text(json.dumps(product.profile.to_json(), indent=2), encoding="utf-8")
    files = [ArtifactFile("profile.json", "data_profile", "application/json", path)]
    if product.streaming is not None:
        how = job.directory(Stage.INGEST) / _STREAMING
        how.write_text(json.dumps(to_plain(product.streaming)), encoding="utf-8")
        files.append(ArtifactFile(_STREAMING, CHECKPOINT_KIND, "application/json", how))
    job.journal.publish(Stage.INGEST, files)
