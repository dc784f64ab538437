"""CSV and TSV tables (RFC 4180): strict, so that a broken quote is an error and not a swallowed half file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from automl_tl.data.limits import Limits
from automl_tl.data.tables.base import check_header, collect_columns
from automl_tl.data.tables.text_file import read_utf8
from automl_tl.errors import DatasetError

__all__ = ["read"]

_LONGEST_CELL = 2**24
"""Characters; far beyond any text that is used, so that one huge cell costs its row and not the file."""

_LONGEST_HEADER = 2**16
"""Characters that are searched for separators."""


def read(path: Path, limits: Limits) -> dict[str, tuple[str, ...]]:
    """Return the columns of a CSV or TSV file; ``;``, tab and ``|`` are recognised in a .csv by its header."""
    text = read_utf8(path)
    # The limit belongs to the process; it is only ever raised, so that readers in other threads are not disturbed.
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))
    separator, body = _stated_separator(text)
    delimiter = separator or _delimiter(path, body)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    try:
        names = next((row for row in reader if row), None)
        if names is None:
            raise DatasetError(f"{path.name}: the file is empty; the first line must name the columns")
        header = check_header(names, path.name, limits)
        return collect_columns(header, _rows(reader, len(header), path.name), path.name, limits)
    except csv.Error as error:
        line = reader.line_num + bool(separator)
        raise DatasetError(
            f"{path.name}, line {line}: {error}; check the quotes (a quote inside a quoted field is written twice)"
        ) from None


def _rows(reader: Iterator[list[str]], width: int, file: str) -> Iterator[list[str]]:
    number = 0
    for row in reader:
        if not row:
            continue  # an empty line between rows, or at the end of the file
        number += 1
        if len(row) != width:
            raise DatasetError(
                f"{file}, row {number}: {len(row)} fields, but the header names {width} columns; quote fields "
                "that contain the separator"
            )
        yield row


def _stated_separator(text: str) -> tuple[str, str]:
    """Return the separator that a spreadsheet states in a first line ``sep=;`` ("" if none), and what follows."""
    stated = re.match(r'"?sep=([,;|\t])"?\r?\n', text, re.IGNORECASE)
    return (stated[1], text[stated.end() :]) if stated else ("", text)


def _delimiter(path: Path, text: str) -> str:
    if path.suffix.lower() == ".tsv":
        return "\t"
    # A quoted name may hold separators and line breaks.
    start = re.sub(r'(^|[,;|\t])"(?:[^"]|"")*"', r"\1", text.lstrip("\r\n")[:_LONGEST_HEADER])
    header = start.split("\n", 1)[0]
    best = max(",;\t", key=header.count)
    return "|" if "|" in header and best not in header else best
