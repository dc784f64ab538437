"""Rows as the source states them, from a manifest or from folders; nothing is decoded yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from automl_tl.data.class_folders import read_folders
from automl_tl.data.dataset import RowIssue
from automl_tl.data.limits import Limits
from automl_tl.data.modalities.base import Modality
from automl_tl.data.parts import SPLIT_COLUMN
from automl_tl.data.paths import safe_parts
from automl_tl.data.tables.base import Table
from automl_tl.errors import DatasetError

__all__ = ["SourceRows", "folder_rows", "input_files", "table_rows"]


@dataclass(frozen=True)
class SourceRows:
    """Unchecked rows: ``values`` become ``Dataset.inputs``; ``source`` names the manifest or folder.

    ``set_aside`` is that of :class:`automl_tl.data.dataset.Dataset`.
    """

    modality: Modality
    source: str
    values: tuple[str, ...]
    row_ids: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    remarks: tuple[RowIssue, ...]
    set_aside: Mapping[str, str] = field(default_factory=dict)


def input_files(files: Sequence[str], modality: Modality) -> list[str]:
    """Return the files that hold one input each; none for a modality whose inputs stand in tables."""
    return [file for file in files if file.lower().endswith(modality.file_suffixes)]


def table_rows(
    table: Table, modality: Modality, column: str, files: Sequence[str], *, remark: str, limits: Limits
) -> SourceRows:
    """Return the rows of a manifest whose inputs stand, or are named, in ``column``.

    Label and split are read from folder names where the manifest has no such column.

    Raises
    ------
    DatasetError
        For a path that leads outside the dataset or is named twice.
    """
    columns = {name: cells for name, cells in table.columns.items() if name != column}
    remarks = [RowIssue(table.name, remark, left_out=False)] if remark else []
    remarks += [RowIssue(table.name, f"{why}; it is left out", left_out=False) for why in table.left_out.values()]
    set_aside = {
        column: _taken(modality),
        **{name: f"was left out: {why}" for name, why in table.left_out.items()},
    }
    if not modality.file_suffixes:
        values = table.columns[column]
        return SourceRows(modality, table.name, values, table.row_ids, columns, tuple(remarks), set_aside)
    paths = _inner_paths(table, column, limits)
    unlisted = set(input_files(files, modality)).difference(paths)
    if unlisted:
        problem = (
            f"{len(unlisted)} {modality.name} files such as {min(unlisted)} are not listed in it and not used"
        )
        remarks.append(RowIssue(table.name, problem, left_out=False))
    columns.update(_folder_columns(paths, columns))
    row_ids = tuple(path or f"row {row}" for path, row in zip(paths, table.row_ids, strict=True))
    return SourceRows(modality, table.name, paths, row_ids, columns, tuple(remarks), set_aside)


def folder_rows(files: Sequence[str], modality: Modality) -> SourceRows:
    """Return one row per input file in a class folder; raises DatasetError if none lies in one."""
    inputs = input_files(files, modality)
    folders = read_folders(inputs)
    if not folders.files:
        raise DatasetError(
            f"{inputs[0]} and the other {modality.name} files lie in no class folder; put each into a folder "
            f"named after its class, or add manifest.csv with the columns {modality.input_columns[0]} and label"
        )
    remarks = tuple(RowIssue(file, "lies in no class folder") for file in folders.unplaced)
    return SourceRows(modality, "the folder", folders.files, folders.files, folders.columns, remarks)


def _taken(modality: Modality) -> str:
    return (
        f"was taken for the {modality.name}s; if another column holds them, rename that one to "
        f"{modality.input_columns[0]!r}"
    )


def _inner_paths(table: Table, column: str, limits: Limits) -> tuple[str, ...]:
    """Return the paths of a column, each inside the dataset and each once."""
    row_of: dict[str, str] = {}
    paths = []
    for row, value in zip(table.row_ids, table.columns[column], strict=True):
        try:
            path = "/".join(safe_parts(value.strip(), limits))
        except ValueError as error:
            raise DatasetError(
                f"{table.name}, row {row}, column {column!r}: {value[:200]!r}: {error}", field=column
            ) from None
        if path and row_of.setdefault(path, row) != row:
            raise DatasetError(
                f"{table.name}, rows {row_of[path]} and {row}: both name {path!r} in the column {column!r}; list "
                "every file once",
                field=column,
            )
        paths.append(path)
    return tuple(paths)


def _folder_columns(paths: Sequence[str], columns: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """Return label and split from folder names where the manifest lacks them and every path has them."""
    try:
        folders = read_folders(paths)
    except DatasetError:
        return {}
    if folders.unplaced or len(set(folders.columns["label"])) < 2:
        return {}
    known = {SPLIT_COLUMN if name.lower() == SPLIT_COLUMN else name for name in columns}
    return {name: cells for name, cells in folders.columns.items() if name not in known}
