"""Everything that can be known to be wrong with a job before it runs."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import contextmanager

from automl_tl.errors import AutomlError, InvalidInput, NotFound, SpecError
from automl_tl.finetune.metrics import metrics
from automl_tl.pipeline.spec import JobSpec
from automl_tl.registry import Registry
from automl_tl.search.space_files import load_space
from automl_tl.search.space_reader import parse_space
from automl_tl.server.convert.spec import SPEC
from automl_tl.store.records import DatasetRecord
from automl_tl.transferability.base import scorers
from automl_tl.zoo.catalog import Catalog

__all__ = ["check_job"]

TASKS = ("classification",)


def check_job(spec: JobSpec, dataset: DatasetRecord, catalog: Catalog) -> None:
    """Check a spec against the dataset's columns, the catalog and the plug-ins.

    Raises
    ------
    SpecError
        Naming the field of the request, the rule, the value, and what would do.
    """
    if spec.task not in TASKS:
        raise SpecError(
            f"{SPEC}.task must be one of {', '.join(TASKS)} but got {spec.task!r}", field=f"{SPEC}.task"
        )
    _check_columns(spec, dataset)
    _check_plugins(spec)
    with _about("models.names"):
        catalog.resolve(spec.models.names, dataset.modality, allow_local=False)
    _check_space(spec, dataset.modality)


def _check_columns(spec: JobSpec, dataset: DatasetRecord) -> None:
    _check_column("target", spec.target, dataset)
    target = next(column for column in dataset.columns if column.name == spec.target)
    if target.unique_count < 2:
        raise SpecError(
            f"{SPEC}.target: column {spec.target!r} has {target.unique_count} different values; classification "
            "needs at least two",
            field=f"{SPEC}.target",
        )
    for position, name in enumerate(spec.sensitive):
        _check_column(f"sensitive[{position}]", name, dataset, target=spec.target)
    if spec.group_by:
        _check_column("group_by", spec.group_by, dataset, target=spec.target)
    if spec.split.column:
        _check_column("split.column", spec.split.column, dataset, target=spec.target)


def _check_column(field: str, name: str, dataset: DatasetRecord, *, target: str = "") -> None:
    path = f"{SPEC}.{field}"
    columns = [column.name for column in dataset.columns]
    if name not in columns:
        near = difflib.get_close_matches(name, columns, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise SpecError(
            f"{path}: there is no column {name!r}; the dataset has {', '.join(columns) or 'none'}{hint}",
            field=path,
        )
    if name == target:
        raise SpecError(f"{path}: {name!r} is the target itself; name another column", field=path)


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
    """Say of which field of the request an error of another room speaks."""
    path = f"{SPEC}.{field}"
    try:
        yield
    except (InvalidInput, NotFound) as error:
        raise _worded(error, path) from None


def _worded(error: AutomlError, path: str) -> SpecError:
    return SpecError(f"{path}: {error.message}", field=path)
