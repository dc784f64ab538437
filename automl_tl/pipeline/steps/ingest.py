"""INGEST: bind the dataset to its target, split it, and say what the data looks like."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import TargetData
from automl_tl.data.profile import Profile, profile
from automl_tl.data.target import bind_target
from automl_tl.errors import SpecError
from automl_tl.finetune.metrics import Metric, metrics
from automl_tl.finetune.tasks.base import MetricChoice, learning_tasks
from automl_tl.pipeline.calibration import set_aside_calibration
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.job_checks import check_direction, check_task
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.spec import JobSpec, Stage

__all__ = ["Ingested", "publish", "run"]


@dataclass(frozen=True)
class Ingested:
    """The target with its split, its profile, and the metric that decides with the reason why it is this one.

    ``calibration`` holds rows, ascending, that are in no part: only prediction sets are calibrated on them.
    """

    target: TargetData
    profile: Profile
    metric: Metric
    calibration: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    metric_reason: str = ""


def run(job: JobContext) -> Ingested:
    """Bind, split and profile; deterministic in dataset, spec and seed, so it is simply repeated on resume."""
    spec = job.spec
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
    )
    _check_favourable(spec.favourable, target)
    choice = _metric_choice(spec, target)
    metric = metrics.get(choice.name)
    check_task(metric, spec.task)
    check_direction(metric, spec.metric.direction)
    data_profile = profile(target)
    target, calibration = set_aside_calibration(target, spec.conformal.alpha, seed=spec.seed)
    return Ingested(
        target=target, profile=data_profile, metric=metric, calibration=calibration, metric_reason=choice.reason
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
    job.journal.publish(Stage.INGEST, [ArtifactFile("profile.json", "data_profile", "application/json", path)])
