"""From a folder of shards to a checked Dataset, in one pass that keeps none of the inputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from automl_tl.data.dataset import Dataset, RowIssue
from automl_tl.data.digest import digest_of_files
from automl_tl.data.limits import Limits
from automl_tl.data.modalities.base import Modality, modalities
from automl_tl.data.parallel import thread_map
from automl_tl.data.parts import SPLIT_COLUMN, part_of
from automl_tl.data.shards.base import Layout, ScannedRows, shard_formats
from automl_tl.data.shards.collect import CellCollector, RowCollector
from automl_tl.data.shards.parquet_layout import holds_bytes
from automl_tl.data.shards.stored import ShardedInputs, dataset_of
from automl_tl.errors import DatasetError, LimitExceeded
from automl_tl.names import digest_file

__all__ = ["find_shards", "load_shards"]

_MIN_ROWS = 2
_TABLE_NAMES = ("manifest", "metadata")


def find_shards(root: Path, files: Sequence[str], limits: Limits) -> tuple[str, ...]:
    """Return the files of a folder that are shards, sorted; () if it is no set of shards.

    Tar files are, and Parquet files with a column of bytes; Parquet files of texts are if there are several that
    no manifest describes, or if one has more rows than a table may have. Where single images lie, nothing is.
    """
    images = tuple(suffix for name in modalities.names() for suffix in modalities.get(name).file_suffixes)
    if any(file.lower().endswith(images) for file in files):
        return ()
    tars = tuple(file for file in files if file.lower().endswith(shard_formats.get("webdataset").suffixes))
    tables = tuple(file for file in files if file.lower().endswith(shard_formats.get("parquet").suffixes))
    if tars:
        return tars
    _refuse_repeated_rows(root, tables, limits)
    if tables and (holds_bytes(root / tables[0]) or _too_many_rows(root, tables, limits)):
        return tables
    stems = {PurePosixPath(file).stem.lower() for file in tables if "/" not in file}
    described = bool(stems & set(_TABLE_NAMES)) or (bool(stems) and all(map(part_of, stems)))
    return tables if len(tables) > 1 and not described else ()


def load_shards(
    root: Path,
    files: Sequence[str],
    shards: Sequence[str],
    choices: Sequence[Modality],
    *,
    target: str = "",
    input_column: str = "",
    limits: Limits | None = None,
) -> Dataset:
    """Read every shard once: its digest, its columns, where its rows stand, and whether each can be decoded.

    A shard is read twice in a row, for its digest and for its rows: the second time it comes out of the system's
    cache. What is kept takes about 25 bytes a row and column.

    Parameters
    ----------
    files
        All files below ``root``, which together are the data set's content; ``shards`` are some of them.

    Raises
    ------
    DatasetError
        Naming shard and row: a shard that is broken or has other columns than the first, or if more than half of
        the rows are unusable. Rows that cannot be decoded, or have no input, are left out and told in ``issues``.
    LimitExceeded
        Beyond ``limits``.
    """
    limits = limits or Limits()
    digests = {file: digest_file(root / file) for file in files if file not in shards}
    scan = _Scan(root, choices, target, input_column, limits)
    for number, name in enumerate(shards):
        digests[name] = digest_file(root / name)
        scan.shard(number, name)
    return scan.dataset(digest_of_files(digests), shards)


class _Scan:
    """One pass over the shards of a data set."""

    def __init__(
        self, root: Path, choices: Sequence[Modality], target: str, input_column: str, limits: Limits
    ) -> None:
        self._root, self._limits = root, limits
        self._layout_of = lambda path, name: shard_formats.get(_format(name)).layout(
            path, name, choices, input_column, target
        )
        self._layout: Layout | None = None
        self._first = ""
        self._labelled: dict[bool, str] = {}
        self._cells, self._rows = CellCollector(), RowCollector()
        self._bad: list[RowIssue] = []
        self._remarks: list[RowIssue] = []
        self._parts: list[tuple[str, int]] = []

    def shard(self, number: int, name: str) -> None:
        """Read one shard to its end."""
        path, before = self._root / name, 0
        if path.stat().st_size == 0:
            raise DatasetError(f"{name}: the shard is empty (0 bytes); write it again or remove it", field=name)
        layout, labelled = self._known_layout(path, name), False
        check = modalities.get(layout.modality).check_stored
        for rows in shard_formats.get(_format(name)).scan(path, name, layout, self._limits):
            problems = self._problems(rows, check)
            usable = [not problem for problem in problems]
            self._bad += [RowIssue(key, why) for key, why in zip(rows.keys, problems, strict=True) if why]
            self._rows.take(number, before + 1, rows, usable)
            self._cells.take(rows.cells, len(usable))
            labelled = labelled or any(rows.cells.get("label", ()))
            before += len(usable)
            if len(self._rows) > self._limits.max_shard_rows:
                raise LimitExceeded(
                    f"the shards have more than max_shard_rows = {self._limits.max_shard_rows} rows"
                )
        self._parts.append((_part_by_name(name), before))
        if not before:
            self._remarks.append(RowIssue(name, "is a shard without rows", left_out=False))
        elif not layout.types:
            self._check_labelled(name, labelled)

    def dataset(self, digest: str, shards: Sequence[str]) -> Dataset:
        """Return what was found."""
        kept = self._rows.kept()
        usable = int(kept.sum())
        if 2 * len(self._bad) > len(kept) or usable < _MIN_ROWS or self._layout is None:
            raise self._too_few(len(kept), usable)
        layout = self._layout
        stored = ShardedInputs(self._root, layout.inputs, self._rows.addresses(shards, list(map(_format, shards))))
        columns = dict(self._cells.columns(kept))
        self._add_parts(columns, kept.tolist())
        return dataset_of(
            stored,
            modality=layout.modality,
            digest=digest,
            columns=columns,
            issues=(*self._remarks, *self._bad),
            set_aside={**layout.set_aside, **self._cells.set_aside},
        )

    def _known_layout(self, path: Path, name: str) -> Layout:
        """Return what all shards hold; raises DatasetError if this one holds something else."""
        found = self._layout_of(path, name) if self._layout is None or self._layout.types else self._layout
        if self._layout is None:
            self._layout, self._first = found, name
        odd = sorted(set(found.types.items()) ^ set(self._layout.types.items()))
        if odd:
            column = odd[0][0]
            here, there = (each.types.get(column, "missing") for each in (found, self._layout))
            raise DatasetError(
                f"{name}: the column {column!r} is {here} but {there} in {self._first}; all shards must have the "
                "same columns",
                field=column,
            )
        return self._layout

    def _problems(self, rows: ScannedRows, check: Callable[[bytes | str, Limits], str]) -> list[str]:
        """Return why each row is unusable, or ""."""

        def problem(value: bytes | str | None) -> str:
            return "the row has no input" if value is None else check(value, self._limits)

        return thread_map(problem, rows.values)

    def _check_labelled(self, name: str, labelled: bool) -> None:
        """Refuse a shard whose rows have no labels while those of others have: its .cls files are missing."""
        self._labelled.setdefault(labelled, name)
        if len(self._labelled) > 1:
            raise DatasetError(
                f"{self._labelled[False]}: no row has a label, but rows of {self._labelled[True]} do; all shards "
                "must have the same columns",
                field="label",
            )

    def _add_parts(self, columns: dict[str, tuple[str, ...]], kept: Sequence[bool]) -> None:
        """Add the column ``split`` where shards are called train, validation and test."""
        named = all(part for part, count in self._parts if count)
        if not named or len({part for part, _ in self._parts}) < 2 or SPLIT_COLUMN in map(str.lower, columns):
            return
        told = [part for part, count in self._parts for _ in range(count)]
        columns[SPLIT_COLUMN] = tuple(part for part, keep in zip(told, kept, strict=True) if keep)

    def _too_few(self, total: int, usable: int) -> DatasetError:
        if not self._bad:
            return DatasetError(f"the shards have {total} rows; at least {_MIN_ROWS} are needed")
        rule = f"at least {_MIN_ROWS} must be usable" if usable < _MIN_ROWS else "at most half may be unusable"
        first = self._bad[0]
        return DatasetError(
            f"the shards: {len(self._bad)} of {total} rows are unusable and {rule}; the first is {first.row}: "
            f"{first.problem}",
            field=first.row,
        )


def _format(name: str) -> str:
    known: Mapping[str, tuple[str, ...]] = {each: shard_formats.get(each).suffixes for each in shard_formats}
    return next(each for each, suffixes in known.items() if name.lower().endswith(suffixes))


def _part_by_name(name: str) -> str:
    """Return the part that the name of a shard or its folder says, as in ``train-00000-of-00004.parquet``."""
    path = PurePosixPath(name)
    words = [re.split(r"[-_.\d]", path.stem)[0], *(parent.name for parent in path.parents)]
    return next((part for word in words if (part := part_of(word))), "")


def _refuse_repeated_rows(root: Path, tables: Sequence[str], limits: Limits) -> None:
    """Refuse a file of more rows than bytes: one row written millions of times takes minutes to read."""
    if not tables:
        return
    import pyarrow
    from pyarrow import parquet

    for file in tables:
        try:
            rows = parquet.read_metadata(root / file).num_rows
        except (pyarrow.ArrowException, OSError):
            continue
        if rows > max(limits.max_rows, (root / file).stat().st_size):
            raise LimitExceeded(
                f"{file}: {rows} rows are more than max_rows = {limits.max_rows}, and than its bytes"
            )


def _too_many_rows(root: Path, tables: Sequence[str], limits: Limits) -> bool:
    import pyarrow
    from pyarrow import parquet

    try:
        return any(parquet.read_metadata(root / file).num_rows > limits.max_rows for file in tables)
    except (pyarrow.ArrowException, OSError):
        return False
