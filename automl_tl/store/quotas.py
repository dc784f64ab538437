"""What one project may use at once: jobs, bytes, and the work that its jobs were promised."""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy import Connection, func, select

from automl_tl.errors import InvalidInput, QuotaExceeded
from automl_tl.pipeline.spec import JobSpec, JobState
from automl_tl.store import schema
from automl_tl.store.locks import hold

__all__ = ["Quota", "require_room_for_job", "require_room_for_upload"]

_FINAL = tuple(state.value for state in JobState if state.final)


@dataclass(frozen=True)
class _Promise:
    """A part of a budget that may be missing: where a caller sets it, and what it is counted in."""

    field: str
    unit: str


_PROMISES = {
    "wall_seconds": _Promise("job.spec.budget.max_wall_time", "seconds of wall time"),
    "gpu_seconds": _Promise("job.spec.budget.max_gpu_time", "seconds of GPUs"),
    "money": _Promise("job.spec.budget.max_cost", "of money"),
}


@dataclass(frozen=True)
class Quota:
    """Upper bounds for each project; 0 means none.

    Attributes
    ----------
    jobs
        Jobs that are not finished.
    stored_bytes
        Bytes of uploaded datasets, those that are being uploaded included.
    trials
        Trials in the budgets of jobs that are not finished.
    wall_seconds, gpu_seconds, money
        Wall time, time of whole GPUs and cost in those budgets; a job without such a limit is then refused. Cost
        counts at the price that a job's own budget names: to bound devices whatever they cost, use the other two.
    """

    jobs: int = 0
    stored_bytes: int = 0
    trials: int = 0
    wall_seconds: float = 0.0
    gpu_seconds: float = 0.0
    money: float = 0.0

    def __post_init__(self) -> None:
        for each in fields(self):
            if getattr(self, each.name) < 0:
                raise InvalidInput(f"quota.{each.name} must not be negative", field=f"quota.{each.name}")


def require_room_for_job(connection: Connection, project: str, spec: JobSpec, quota: Quota) -> None:
    """Raise QuotaExceeded unless the project may queue one more job, in the transaction that does so."""
    if not (quota.jobs or quota.trials or any(getattr(quota, name) for name in _PROMISES)):
        return
    hold(connection, "quota", project)
    jobs = schema.jobs
    query = select(jobs.c.spec).where(jobs.c.project == project, jobs.c.state.not_in(_FINAL))
    budgets = [JobSpec.model_validate_json(text).budget for text in connection.execute(query).scalars()]
    _require("jobs", len(budgets), 1, quota.jobs, "not finished")
    _require("trials", sum(budget.trials for budget in budgets), spec.budget.trials, quota.trials, "promised")
    for name, promise in _PROMISES.items():
        wanted, most = getattr(spec.budget, name), getattr(quota, name)
        if most and not wanted:
            raise QuotaExceeded(
                f"{promise.field} must be set: all jobs of project {project!r} together may have {most:g} "
                f"{promise.unit}",
                field=promise.field,
            )
        _require(promise.unit, sum(getattr(budget, name) for budget in budgets), wanted, most, "promised")


def require_room_for_upload(connection: Connection, project: str, size_bytes: int, quota: Quota) -> None:
    """Raise QuotaExceeded unless the project may store so many bytes more, in the transaction that notes them."""
    if not quota.stored_bytes:
        return
    hold(connection, "quota", project)
    datasets, uploads = schema.datasets, schema.uploads
    stored = select(func.coalesce(func.sum(datasets.c.size_bytes), 0))
    stored = stored.where(datasets.c.project == project, datasets.c.blob.is_not(None))
    arriving = select(func.coalesce(func.sum(uploads.c.size_bytes), 0)).where(uploads.c.project == project)
    taken = connection.execute(stored).scalar_one() + connection.execute(arriving).scalar_one()
    _require("bytes", int(taken), size_bytes, quota.stored_bytes, "stored or arriving")


def _require(what: str, taken: float, wanted: float, most: float, state: str) -> None:
    if most and taken + wanted > most:
        raise QuotaExceeded(
            f"the project may have {most:g} {what}, has {taken:g} {state}, and this needs {wanted:g} more; wait "
            "for jobs to end, or delete what is not needed"
        )
