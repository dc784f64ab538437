"""WebDataset shards: tar files in which ``key.jpg`` (or ``key.txt``) stands beside ``key.cls``.

Aizman, Maltby and Breuel, "High Performance I/O For Large Scale Deep Learning", IEEE Big Data 2019.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from automl_tl.data.limits import Limits
from automl_tl.data.modalities.base import Modality
from automl_tl.data.modalities.pixels import IMAGE_SUFFIXES
from automl_tl.data.shards.base import Layout, ScannedRows, ShardFormat, shard_formats
from automl_tl.data.tables.values import NestedValue, read_cells
from automl_tl.errors import DatasetError, LimitExceeded

__all__ = ["WebDatasetShards"]

_TEXT, _LABEL, _FACTS = ".txt", ".cls", ".json"
_LARGEST_MEMBER = 256 << 20
_KNOWN = (*IMAGE_SUFFIXES, _TEXT, _LABEL, _FACTS)
_ROWS = 256
"""Rows that a scan hands on at once."""


class WebDatasetShards(ShardFormat):
    """Reads a tar file as a stream; the files of one row follow each other."""

    name = "webdataset"
    suffixes = (".tar",)

    def layout(self, path: Path, name: str, choices: Sequence[Modality], input_column: str, target: str) -> Layout:
        """Return the modality of the first row that has an input; columns are found on the way."""
        known = {choice.name for choice in choices}
        for row in _rows(path, name, Limits()):
            for modality in ("text" if suffix == _TEXT else "image" for suffix in row.inputs):
                if modality in known:
                    return Layout(modality)
                raise DatasetError(f"row {row.key}: it holds {modality}s and not {', '.join(sorted(known))}s")
        raise DatasetError(
            f"{name}: no row has an input; files of a row are called alike, such as 000.jpg and 000.cls",
            field=name,
        )

    def scan(self, path: Path, name: str, layout: Layout, limits: Limits) -> Iterator[ScannedRows]:
        """Yield rows; each is read by itself, wherever it stands in the file."""
        waiting: list[_Row] = []
        for row in _rows(path, name, limits):
            waiting.append(row)
            if len(waiting) == _ROWS:
                yield _scanned(waiting, layout)
                waiting = []
        if waiting:
            yield _scanned(waiting, layout)

    def open(self, path: Path, name: str, inputs: str, block: int) -> _Tar:
        """Return the open file."""
        try:
            return _Tar(path, name)
        except OSError as error:
            raise DatasetError(f"{name}: cannot be read ({error.strerror})", field=name) from None


class _Tar:
    """An open tar file of which members are read by their place."""

    def __init__(self, path: Path, name: str) -> None:
        self._file, self._name = path.open("rb"), name

    def value(self, position: int, length: int) -> bytes | str:
        """Return the bytes from a place on; a negative length marks a text."""
        self._file.seek(position)
        found = self._file.read(abs(length))
        if len(found) != abs(length):
            raise DatasetError(f"{self._name}: it is shorter than it was when it was registered", field=self._name)
        return found.decode("utf-8") if length < 0 else found

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class _Row:
    """The files of one row: inputs by their ending with place and bytes, and what is told of it."""

    def __init__(self, shard: str, key: str) -> None:
        self.key = f"{shard}:{key}"
        self.inputs: dict[str, tuple[int, bytes]] = {}
        self.facts: dict[str, Any] = {}

    def take(self, suffix: str, place: int, content: bytes) -> None:
        """Take in one of its files."""
        if suffix in (*IMAGE_SUFFIXES, _TEXT):
            self.inputs[suffix] = place, content
            return
        try:
            if suffix == _LABEL:
                self.facts["label"] = content.decode("utf-8").strip()
                return
            found = json.loads(content)
        except ValueError:
            kind = "UTF-8" if suffix == _LABEL else "JSON"
            raise DatasetError(f"row {self.key}: its {suffix[1:]} is not {kind}", field=self.key) from None
        if not isinstance(found, dict):
            raise DatasetError(f"row {self.key}: its json must be an object", field=self.key)
        self.facts = {**found, **self.facts}


def _rows(path: Path, name: str, limits: Limits) -> Iterator[_Row]:
    """Yield the rows of a tar file with their bytes, one at a time."""
    row, present = None, ""
    with _readable(path, name) as archive:
        for member in archive:
            archive.members = []  # type: ignore[attr-defined]  # else it remembers every file that was met
            key, suffix = _key_and_suffix(member.name)
            if not member.isfile() or member.issparse() or suffix not in _KNOWN:
                continue
            if member.size > min(_LARGEST_MEMBER, limits.max_block_bytes):
                raise LimitExceeded(f"{name}: {member.name!r:.200} has {member.size} bytes; that is too much")
            if row is None or key != present:
                if row is not None:
                    yield row
                row, present = _Row(name, key), key
            content = archive.extractfile(member)
            row.take(suffix, member.offset_data, content.read() if content is not None else b"")
        _check_end(archive, path)
        if row is not None:
            yield row


def _check_end(archive: tarfile.TarFile, path: Path) -> None:
    """Raise ReadError where the zeros that end a tar file are missing: tarfile takes that quietly."""
    with path.open("rb") as file:
        file.seek(archive.offset)
        if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
            raise tarfile.ReadError("it is cut off: the mark of its end is missing")


@contextmanager
def _readable(path: Path, name: str) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, mode="r:") as archive:
            yield archive
    except (tarfile.TarError, EOFError) as error:
        raise DatasetError(f"{name}: not a readable tar file ({error})", field=name) from None
    except OSError as error:
        raise DatasetError(f"{name}: cannot be read ({error})", field=name) from None


def _scanned(rows: Sequence[_Row], layout: Layout) -> ScannedRows:
    found = [_input(row, layout.modality) for row in rows]
    return ScannedRows(
        keys=[row.key for row in rows],
        values=[value for value, _, _ in found],
        cells=_cells(rows),
        positions=[place for _, place, _ in found],
        lengths=[length for _, _, length in found],
    )


def _input(row: _Row, modality: str) -> tuple[bytes | str | None, int, int]:
    """Return the input of a row, its place and its length."""
    if len(row.inputs) > 1:
        raise DatasetError(f"row {row.key}: it must have one input but has {len(row.inputs)}", field=row.key)
    for suffix, (place, content) in row.inputs.items():
        if (suffix == _TEXT) != (modality == "text"):
            raise DatasetError(
                f"row {row.key}: its {suffix[1:]} is no {modality}, which others are", field=row.key
            )
        if suffix != _TEXT:
            return content, place, len(content)
        try:
            return content.decode("utf-8"), place, -len(content)
        except UnicodeDecodeError:
            raise DatasetError(f"row {row.key}: text and label must be UTF-8", field=row.key) from None
    return None, 0, 0


def _cells(rows: Sequence[_Row]) -> Mapping[str, Sequence[str]]:
    names = list(dict.fromkeys(name for row in rows for name in row.facts))
    cells = {}
    for name in names:
        try:
            cells[name] = read_cells([row.facts.get(name) for row in rows], name)
        except NestedValue:
            cells[name] = tuple("" for _ in rows)  # an object is no cell; the others of its column are
    return cells


def _key_and_suffix(path: str) -> tuple[str, str]:
    """Return key and ending: what stands before and after the first dot of the last part."""
    folder, _, last = path.rpartition("/")
    stem, dot, ending = last.partition(".")
    return f"{folder}/{stem}" if folder else stem, (dot + ending).lower()


shard_formats.register(WebDatasetShards.name, WebDatasetShards())
