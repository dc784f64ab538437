"""Everything that can be known to be wrong with a job before it runs; loads no torch."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from automl_tl.data.parts import PART_WORDS, part_of
from automl_tl.data.tasks.base import target_tasks
from automl_tl.errors import InvalidInput, NotFound, SpecError
from automl_tl.finetune.metrics import Metric, metrics, metrics_of, usual_metric
from automl_tl.pipeline.candidates import filter_candidates
from automl_tl.pipeline.columns import ColumnSummary
from automl_tl.pipeline.spec import JobSpec
from automl_tl.search.known_strategies import known_tasks
from automl_tl.search.space import SearchSpace
from automl_tl.search.space_files import load_space
from automl_tl.search.space_reader import parse_space
from automl_tl.transferability.base import scorers
from automl_tl.zoo.catalog import Catalog

__all__ = ["check_direction", "check_job", "check_task"]


def check_job(
    spec: JobSpec,
    *,
    modality: str,
    columns: Sequence[ColumnSummary],
    row_count: int,
    catalog: Catalog,
    allow_local: bool = False,
) -> None:
    """Check a spec against the dataset's modality and columns, the catalog and the plug-ins.

    The columns are known by their summaries only, so a job is refused where it is certain to fail; INGEST looks
    at every row.

    Parameters
    ----------
    allow_local
        Whether ``local:DIR`` models may be named: only by the person at this machine.

    Raises
    ------
    SpecError
        Naming the field of the spec first, then the rule, the value, and what would do.
    """
    if spec.task not in target_tasks:
        known = ", ".join(target_tasks.names())
        raise SpecError(f"task must be one of {known} but got {spec.task!r}", field="task")
    _check_columns(spec, columns, row_count)
    _check_plugins(spec)
    _check_inherited(spec, modality)
    with _about("models.names"):
        cards = catalog.resolve(spec.models.names, modality, allow_local=allow_local)
    filter_candidates(cards, spec.models, modality)
    _check_space(spec, modality)


def check_task(metric: Metric, task: str) -> None:
    """Check that a metric measures this task; raises SpecError."""
    if task not in metric.tasks:
        raise SpecError(
            f"metric.name: {metric.name} is for {' and '.join(metric.tasks)}, but the task is {task}; choose from "
            f"{', '.join(metrics_of(task))}",
            field="metric.name",
        )


def check_direction(metric: Metric, direction: str) -> None:
    """Check that the direction a spec may state is the metric's own; raises SpecError."""
    if direction and direction != metric.direction:
        raise SpecError(
            f"metric.direction is {direction!r} but {metric.name} can only be {metric.direction}d; "
            "leave the direction empty or choose another metric",
            field="metric.direction",
        )


def _check_columns(spec: JobSpec, columns: Sequence[ColumnSummary], row_count: int) -> None:
    target = _column("target", spec.target, columns)
    target_tasks.get(spec.task).check_summary(
        target.name,
        distinct=target.unique_count,
        labelled=row_count - target.missing_count,
        examples=target.example_values,
    )
    for position, name in enumerate(spec.sensitive):
        _column(f"sensitive[{position}]", name, columns, target=spec.target)
    if spec.group_by:
        _column("group_by", spec.group_by, columns, target=spec.target)
    if spec.split.column:
        _check_split(_column("split.column", spec.split.column, columns, target=spec.target), target)


def _check_split(split: ColumnSummary, target: ColumnSummary) -> None:
    """Check that the column names parts, as far as its most frequent values tell."""
    strange = [value for value in split.example_values if not part_of(value)]
    all_seen = split.unique_count <= len(split.example_values)
    # A row without a label may hold anything here, so one strange value is wrong only if every row has a label.
    if strange and (not target.missing_count or (all_seen and len(strange) == split.unique_count)):
        words = "; ".join(f"{part}: {', '.join(words)}" for part, words in PART_WORDS.items())
        raise SpecError(
            f"split.column: {strange[0]!r} in column {split.name!r} names no part; write one of {words}",
            field="split.column",
        )


def _column(field: str, name: str, columns: Sequence[ColumnSummary], *, target: str = "") -> ColumnSummary:
    found = next((column for column in columns if column.name == name), None)
    if found is None:
        known = [column.name for column in columns]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise SpecError(
            f"{field}: there is no column {name!r} beside the inputs; the dataset has "
            f"{', '.join(known) or 'none'}{hint}",
            field=field,
        )
    if name == target:
        raise SpecError(f"{field}: {name!r} is the target itself; name another column", field=field)
    return found


def _check_plugins(spec: JobSpec) -> None:
    with _about("metric.name"):
        metric = metrics.get(spec.metric.name) if spec.metric.name else usual_metric(spec.task)
    check_task(metric, spec.task)
    check_direction(metric, spec.metric.direction)
    for position, name in enumerate(spec.scorers):
        with _about(f"scorers[{position}]"):
            if not scorers.get(name).suits(spec.task):
                fitting = ", ".join(each for each in scorers.names() if scorers.get(each).suits(spec.task))
                raise SpecError(f"{name} is not for the task {spec.task}; choose from {fitting}")


def _check_inherited(spec: JobSpec, modality: str) -> None:
    asked = spec.inherited
    for name, given in (("term_swaps", asked.term_swaps), ("stereotype_pairs", asked.stereotype_pairs)):
        if given and modality != "text":
            field = f"inherited.{name}"
            raise SpecError(
                f"{field}: is for texts, but the dataset is of modality {modality}; leave it out", field=field
            )


def _check_space(spec: JobSpec, modality: str) -> None:
    if not spec.search_space_yaml:
        with _about("search_space_name"):
            _check_strategies(load_space(spec.search_space_name, modality=modality), spec.task)
        return
    with _about("search_space_yaml"):
        space = parse_space(spec.search_space_yaml)
        if space.modality != modality:
            raise SpecError(f"modality: the space is for {space.modality} data but the dataset is {modality}")
        _check_strategies(space, spec.task)


def _check_strategies(space: SearchSpace, task: str) -> None:
    """Check that some strategy of the space can learn the task, as far as is known without loading them."""
    known = known_tasks()
    names = dict.fromkeys(each.name for each in space.strategies)
    if any(tasks is None or task in tasks for tasks in map(known.get, names)):
        return
    given = ", ".join(f"{name} is for {' and '.join(known[name] or ())}" for name in names)
    fitting = ", ".join(sorted(name for name, tasks in known.items() if tasks and task in tasks))
    raise SpecError(f"strategies: one must be for the task {task}, but {given}; add one of {fitting}")


@contextmanager
def _about(field: str) -> Iterator[None]:
    """Say of which field of the spec an error of another room speaks."""
    try:
        yield
    except (InvalidInput, NotFound) as error:
        raise SpecError(f"{field}: {error.message}", field=field) from None
