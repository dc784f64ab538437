"""Everything that can be known to be wrong with a job before it runs; loads no torch."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from automl_tl.errors import InvalidInput, NotFound, SpecError
from automl_tl.finetune.metrics import metrics
from automl_tl.pipeline.columns import ColumnSummary
from automl_tl.pipeline.spec import JobSpec
from automl_tl.registry import Registry
from automl_tl.search.space_files import load_space
from automl_tl.search.space_reader import parse_space
from automl_tl.transferability.base import scorers
from automl_tl.zoo.catalog import Catalog

__all__ = ["check_job"]

TASKS = ("classification",)


def check_job(
    spec: JobSpec, *, modality: str, columns: Sequence[ColumnSummary], catalog: Catalog, allow_local: bool = False
) -> None:
    """Check a spec against the dataset's modality and columns, the catalog and the plug-ins.

    Parameters
    ----------
    allow_local
        Whether ``local:DIR`` models may be named: only by the person at this machine.

    Raises
    ------
    SpecError
        Naming the field of the spec first, then the rule, the value, and what would do.
    """
    if spec.task not in TASKS:
        raise SpecError(f"task must be one of {', '.join(TASKS)} but got {spec.task!r}", field="task")
    _check_columns(spec, columns)
    _check_plugins(spec)
    with _about("models.names"):
        catalog.resolve(spec.models.names, modality, allow_local=allow_local)
    _check_space(spec, modality)


def _check_columns(spec: JobSpec, columns: Sequence[ColumnSummary]) -> None:
    target = _column("target", spec.target, columns)
    if target.unique_count < 2:
        raise SpecError(
            f"target: column {spec.target!r} has {target.unique_count} different values; classification "
            "needs at least two",
            field="target",
        )
    for position, name in enumerate(spec.sensitive):
        _column(f"sensitive[{position}]", name, columns, target=spec.target)
    if spec.group_by:
        _column("group_by", spec.group_by, columns, target=spec.target)
    if spec.split.column:
        _column("split.column", spec.split.column, columns, target=spec.target)


def _column(field: str, name: str, columns: Sequence[ColumnSummary], *, target: str = "") -> ColumnSummary:
    found = next((column for column in columns if column.name == name), None)
    if found is None:
        known = [column.name for column in columns]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise SpecError(
            f"{field}: there is no column {name!r}; the dataset has {', '.join(known) or 'none'}{hint}",
            field=field,
        )
    if name == target:
        raise SpecError(f"{field}: {name!r} is the target itself; name another column", field=field)
    return found


def _check_plugins(spec: JobSpec) -> None:
    if spec.metric.name:
        _check_known(metrics, spec.metric.name, "metric.name")
    for position, name in enumerate(spec.scorers):
        _check_known(scorers, name, f"scorers[{position}]")


def _check_known(registry: Registry, name: str, field: str) -> None:
    with _about(field):
        registry.get(name)


def _check_space(spec: JobSpec, modality: str) -> None:
    if not spec.search_space_yaml:
        with _about("search_space_name"):
            load_space(spec.search_space_name, modality=modality)
        return
    with _about("search_space_yaml"):
        space = parse_space(spec.search_space_yaml)
        if space.modality != modality:
            raise SpecError(f"modality: the space is for {space.modality} data but the dataset is {modality}")


@contextmanager
def _about(field: str) -> Iterator[None]:
    """Say of which field of the spec an error of another room speaks."""
    try:
        yield
    except (InvalidInput, NotFound) as error:
        raise SpecError(f"{field}: {error.message}", field=field) from None
