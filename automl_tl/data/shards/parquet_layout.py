"""Which column of a Parquet shard holds the inputs, and which of the others can be read as cells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from automl_tl.data.modalities.base import Modality
from automl_tl.data.shards.base import Layout
from automl_tl.data.tables.values import read_cells
from automl_tl.errors import DatasetError

__all__ = ["holds_bytes", "parquet_layout"]

_SAMPLE = 200


def parquet_layout(
    file: Any, root: Path, name: str, choices: Sequence[Modality], input_column: str, target: str
) -> Layout:
    """Return the layout of an open ``pyarrow.parquet.ParquetFile``; see ShardFormat.layout.

    A column of bytes holds the inputs of a modality that has files, such as images; else texts are looked for.
    """
    schema = {field.name: field.type for field in file.schema_arrow}
    if input_column and input_column not in schema:
        raise DatasetError(
            f"{name} has no column {input_column!r}; it has {', '.join(schema)}", field="input_column"
        )
    encoded = [column for column, kind in schema.items() if _is_bytes(kind) and column != target]
    pictures = next((choice for choice in choices if choice.file_suffixes), None)
    if encoded and pictures is not None and (not input_column or input_column in encoded):
        modality, inputs = pictures.name, input_column or _one_of(encoded, pictures, name)
    else:
        modality, inputs = _texts(file, schema, root, name, choices, input_column, target)
    set_aside = {inputs: f"was taken for the {modality}s"}
    kept = []
    for column, kind in schema.items():
        if column == inputs:
            continue
        if _is_cell(kind):
            kept.append(column)
        else:
            set_aside[column] = f"was left out: it holds {kind} values, which are no cells"
    return Layout(
        modality, inputs, tuple(kept), set_aside, {column: _told(kind) for column, kind in schema.items()}
    )


def holds_bytes(path: Path) -> bool:
    """Return whether a Parquet file has a column that could hold encoded images; False if it is unreadable."""
    import pyarrow
    from pyarrow import parquet

    try:
        return any(_is_bytes(field.type) for field in parquet.read_schema(path))
    except (pyarrow.ArrowException, OSError):
        return False


def _one_of(encoded: Sequence[str], modality: Modality, name: str) -> str:
    by_lower = {column.lower(): column for column in reversed(encoded)}
    named = [by_lower[known] for known in modality.input_columns if known in by_lower]
    if not named and len(encoded) > 1:
        raise DatasetError(
            f"{name} has several columns of bytes ({', '.join(encoded)}); call the one with the {modality.name}s "
            f"{modality.input_columns[0]!r}",
            field=encoded[0],
        )
    return (named or list(encoded))[0]


def _texts(
    file: Any,
    schema: dict[str, Any],
    root: Path,
    name: str,
    choices: Sequence[Modality],
    input_column: str,
    target: str,
) -> tuple[str, str]:
    """Return modality and column of inputs that are no bytes."""
    wanted = [input_column] if input_column else [column for column in schema if column != target]
    wanted = [column for column in wanted if _is_text(schema[column])]
    sample = next(iter(file.iter_batches(batch_size=_SAMPLE, columns=wanted, use_threads=False)), None)
    columns = {
        column: read_cells(sample.column(column).to_pylist(), column) for column in wanted if sample is not None
    }
    for choice in choices:
        if not choice.file_suffixes and (found := choice.find_column(columns, root)) is not None:
            return choice.name, found.name
    kinds = " or ".join(f"{choice.name}s" for choice in choices)
    raise DatasetError(
        f"{name}: none of its columns holds {kinds} ({', '.join(schema) or 'it has none'}); images must be bytes "
        "or objects of bytes and path, texts must be text",
        field=name,
    )


def _is_bytes(kind: Any) -> bool:
    from pyarrow import types

    kind = _values_of(kind)
    if types.is_struct(kind):
        return any(field.name == "bytes" and _is_bytes(field.type) for field in kind)
    return bool(types.is_binary(kind) or types.is_large_binary(kind))


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    kind = _values_of(kind)
    return bool(types.is_string(kind) or types.is_large_string(kind))


def _is_cell(kind: Any) -> bool:
    from pyarrow import types

    kind = _values_of(kind)
    if types.is_list(kind) or types.is_large_list(kind):
        return bool(_is_text(kind.value_type) or types.is_integer(kind.value_type))
    tests = (
        types.is_integer,
        types.is_floating,
        types.is_boolean,
        types.is_temporal,
        types.is_decimal,
        types.is_null,
    )
    return _is_text(kind) or any(test(kind) for test in tests)


def _told(kind: Any) -> str:
    """Return the name of a type; how a text is stored makes no difference."""
    return "string" if _is_text(kind) else str(_values_of(kind))


def _values_of(kind: Any) -> Any:
    """Return the type of a column's values: pandas' categories are stored as a dictionary of them."""
    from pyarrow import types

    return kind.value_type if types.is_dictionary(kind) else kind
