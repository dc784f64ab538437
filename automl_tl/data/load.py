"""From a folder of files to a checked Dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from automl_tl.data.dataset import Dataset, RowIssue
from automl_tl.data.digest import content_digest
from automl_tl.data.limits import Limits
from automl_tl.data.manifest import nested_table_remarks, read_manifest
from automl_tl.data.modalities.base import InputColumn, Modality, modalities
from automl_tl.data.parallel import thread_map
from automl_tl.data.paths import list_files
from automl_tl.data.rows import SourceRows, folder_rows, input_files, table_rows
from automl_tl.data.shards.load import find_shards, load_shards
from automl_tl.data.tables.base import TABLE_SUFFIXES, Table
from automl_tl.errors import DatasetError, NotFound

__all__ = ["load_dataset"]

_MIN_ROWS = 2


def load_dataset(
    root: Path, *, modality: str = "", target: str = "", input_column: str = "", limits: Limits | None = None
) -> Dataset:
    """Read a dataset whose files lie below ``root``: a manifest, a folder per class, or shards.

    Of shards (:func:`automl_tl.data.shards.load.load_shards`) inputs stay where they are until they are asked for.

    Parameters
    ----------
    root
        Folder with the content, as :func:`automl_tl.data.sources.file.open_path` returns it.
    modality
        ``image``, ``text`` or another modality plug-in; "" finds out.
    target
        Column that will be predicted; it is never taken for the input.
    input_column
        Manifest column with the inputs; "" finds out.

    Returns
    -------
    A dataset of the usable rows; every other row is in ``issues`` with its reason.

    Raises
    ------
    DatasetError
        Naming row, file and rule; also if more than half of the rows, or all but one, are unusable.
    LimitExceeded
        Beyond ``limits``.
    """
    limits = limits or Limits()
    files = list_files(root, limits)
    if not files:
        raise DatasetError("the dataset holds no files; give a folder per class, or a manifest with its files")
    choices = _choices(modality)
    shards = find_shards(root, files, limits)
    if shards:
        return load_shards(root, files, shards, choices, target=target, input_column=input_column, limits=limits)
    table = read_manifest(root, files, limits)
    rows = None
    if table is not None:
        _check_left_out(table, choices, target, input_column)
        match = _match(table, root, choices, target, input_column)
        if match is not None and not (_hold_inputs(files, choices) and not match[0].file_suffixes):
            rows = table_rows(table, match[0], match[1].name, files, remark=match[1].remark, limits=limits)
    if rows is None:
        rows = _from_folders(files, choices, table)
    return _checked(rows, root, files, limits)


def _choices(modality: str) -> list[Modality]:
    if not modality:
        return [modalities.get(name) for name in modalities.names()]
    try:
        return [modalities.get(modality)]
    except NotFound as error:
        raise DatasetError(f"modality: {error.message}", field="modality") from None


def _match(
    table: Table, root: Path, choices: Sequence[Modality], target: str, input_column: str
) -> tuple[Modality, InputColumn] | None:
    """Return the modality and column that fit a manifest best, or None if no column holds inputs."""
    if input_column and input_column not in table.columns:
        known = ", ".join(table.columns)
        raise DatasetError(f"{table.name} has no column {input_column!r}; it has {known}", field="input_column")
    wanted = (
        [input_column]
        if input_column
        else [name for name in table.columns if name != target and name not in table.lists]
    )
    offered = {name: table.columns[name] for name in wanted}
    found = [(choice, choice.find_column(offered, root)) for choice in choices]
    matches = [(choice, column) for choice, column in found if column is not None]
    if matches:
        return max(matches, key=lambda match: match[1].certainty)
    if input_column and len(choices) == 1:
        return choices[0], InputColumn(input_column, 1.0)
    return None


def _check_left_out(table: Table, choices: Sequence[Modality], target: str, input_column: str) -> None:
    """Refuse a manifest without the column that matters; what else was left out is only told."""
    inputs = {input_column, *(name for choice in choices for name in choice.input_columns)}
    refused = [(name, why, {target, *inputs}) for name, why in table.left_out.items()]
    refused += [(name, why, inputs - {target}) for name, why in table.lists.items()]
    for name, why, known in refused:
        if name in known or name.lower() in known:
            raise DatasetError(f"{table.name}, {why}", field=name)


def _hold_inputs(files: Sequence[str], choices: Sequence[Modality]) -> bool:
    """Whether folders are full of inputs, so that a table without their paths is a side table."""
    return any("/" in file for choice in choices for file in input_files(files, choice))


def _from_folders(files: Sequence[str], choices: Sequence[Modality], table: Table | None) -> SourceRows:
    modality = max(choices, key=lambda choice: len(input_files(files, choice)))
    if not input_files(files, modality):
        raise _nothing_found(files, choices, table)
    rows = folder_rows(files, modality)
    if table is None:
        return replace(rows, remarks=(*rows.remarks, *nested_table_remarks(files)))
    unfit = _unfit_column(table, modality)
    names = ", ".join(modality.input_columns[:4])
    problem = f"{unfit or f'has no column with {modality.name} paths (such as {names})'} and is not used"
    return replace(rows, remarks=(*rows.remarks, RowIssue(table.name, problem, left_out=False)))


def _unfit_column(table: Table, modality: Modality) -> str:
    """Return why a column with the right name holds no paths of inputs, or "" if there is no such column."""
    by_lower = {name.lower(): name for name in reversed(list(table.columns))}
    name = next((by_lower[known] for known in modality.input_columns if known in by_lower), "")
    if not name or not modality.file_suffixes:
        return ""
    sample = next((cell for cell in table.columns[name] if cell.strip()), "")
    if not sample:
        return f"has the column {name!r}, but its cells are empty"
    endings = ", ".join(modality.file_suffixes)
    return f"has the column {name!r}, but most of its cells (such as {sample[:80]!r}) do not end in {endings}"


def _nothing_found(files: Sequence[str], choices: Sequence[Modality], table: Table | None) -> DatasetError:
    if table is not None:
        for choice in choices:
            if unfit := _unfit_column(table, choice):
                rule = f"write the path of each {choice.name} with its ending, relative to {table.name}"
                return DatasetError(f"{table.name} {unfit}; {rule}", field=table.name)
        names = " or ".join(repr(choice.input_columns[0]) for choice in choices)
        kinds = " or ".join(f"{choice.name}s" for choice in choices)
        unusable = "".join(f"; {why}" for why in (*table.left_out.values(), *table.lists.values()))
        return DatasetError(
            f"{table.name}: none of its columns holds {kinds} ({', '.join(table.columns)}); name the column "
            f"with the inputs {names}{unusable}",
            field=table.name,
        )
    for remark in nested_table_remarks(files):
        return DatasetError(f"no inputs were found, and the table {remark.row} {remark.problem}", field=remark.row)
    suffixes = ", ".join((*(suffix for choice in choices for suffix in choice.file_suffixes), *TABLE_SUFFIXES))
    return DatasetError(
        f"none of the {len(files)} files (such as {files[0]}) is an input or a manifest; known endings: {suffixes}"
    )


def _checked(rows: SourceRows, root: Path, files: Sequence[str], limits: Limits) -> Dataset:
    there = frozenset(files)

    def problem_of(value: str) -> str:
        # What is hidden is in no digest, and no link was looked at.
        if value and rows.modality.file_suffixes and value not in there:
            return "there is no such file"
        return rows.modality.check(root, value, limits)

    problems = thread_map(problem_of, rows.values)
    bad = [RowIssue(row, problem) for row, problem in zip(rows.row_ids, problems, strict=True) if problem]
    kept = [place for place, problem in enumerate(problems) if not problem]
    if 2 * len(bad) > len(problems) or len(kept) < _MIN_ROWS:
        raise _too_few(rows, bad, len(kept))
    return Dataset(
        modality=rows.modality.name,
        digest=content_digest(root, files),
        root=root,
        inputs=tuple(rows.values[place] for place in kept),
        row_ids=tuple(rows.row_ids[place] for place in kept),
        columns={name: tuple(cells[place] for place in kept) for name, cells in rows.columns.items()},
        issues=(*rows.remarks, *bad),
        set_aside=rows.set_aside,
    )


def _too_few(rows: SourceRows, bad: Sequence[RowIssue], usable: int) -> DatasetError:
    total = len(rows.values)
    if not bad:
        return DatasetError(f"{rows.source} has {total} row; at least {_MIN_ROWS} are needed")
    rule = f"at least {_MIN_ROWS} must be usable" if usable < _MIN_ROWS else "at most half may be unusable"
    return DatasetError(
        f"{rows.source}: {len(bad)} of {total} rows are unusable and {rule}; the first is {bad[0].row}: "
        f"{bad[0].problem}",
        field=bad[0].row,
    )
