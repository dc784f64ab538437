"""What was measured, one row per cell (data set x model x seed), in a CSV file that grows cell by cell."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import DataCorrupted

__all__ = ["Cell", "Measurement", "TruthTable"]

Cell = tuple[str, str, int]
"""Data set, model, seed."""


@dataclass(frozen=True)
class Measurement:
    """How one candidate did on one draw of one data set.

    ``fine_tuned`` and ``probe`` are the metric on the test part, of the fine-tuned model and of the linear probe
    it started from; ``validation`` is the fine-tuned model's on the validation part. ``error`` tells why there is
    no figure; the figures are NaN then. ``task`` identifies the rows and labels of the draw; "" is unknown.
    """

    data: str
    model: str
    seed: int
    rows: int
    updates: int
    metric: str
    fine_tuned: float
    probe: float
    validation: float
    seconds: float
    error: str = ""
    task: str = ""

    @property
    def cell(self) -> Cell:
        """What was measured."""
        return self.data, self.model, self.seed

    @property
    def failed(self) -> bool:
        """Whether there is no figure."""
        return bool(self.error) or not math.isfinite(self.fine_tuned)


_COLUMNS = tuple(field.name for field in fields(Measurement))
_OPTIONAL = frozenset({"task"})


class TruthTable:
    """Measurements by cell; of two of the same cell the later one counts.

    Parameters
    ----------
    path
        CSV file with a header; it need not exist yet.

    Raises
    ------
    DataCorrupted
        Naming the first line that is no measurement.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._header: tuple[str, ...] = ()
        self._rows: dict[Cell, Measurement] = {}
        if path.is_file() and path.stat().st_size:
            self._header, rows = _read(path)
            self._rows = {row.cell: row for row in rows}

    def __contains__(self, cell: Cell) -> bool:
        return cell in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self) -> tuple[Measurement, ...]:
        """Return all measurements in the order in which their cells were first measured."""
        return tuple(self._rows.values())

    def add(self, row: Measurement) -> None:
        """Append a measurement; the line is complete on disk before this returns."""
        text = {name: _text(value) for name, value in asdict(row).items()}
        lines = io.StringIO()
        writer = csv.DictWriter(lines, self._header or _COLUMNS, extrasaction="ignore", lineterminator="\n")
        if not self._header:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            writer.writeheader()
        writer.writerow(text)
        with self._path.open("a", encoding="utf-8", newline="") as file:
            file.write(lines.getvalue())
            file.flush()
            os.fsync(file.fileno())
        self._header = self._header or _COLUMNS
        self._rows[row.cell] = _measurement(text)  # as the next run will read it

    def data(self) -> tuple[str, ...]:
        """Return the names of the data sets, in order of their first measurement."""
        return tuple(dict.fromkeys(row.data for row in self._rows.values()))

    def models(self, data: str, among: Collection[str] | None = None) -> tuple[str, ...]:
        """Return the models (of those named by ``among``) with a figure for some seed of a data set, sorted."""
        known = {row.model for row in self._rows.values() if row.data == data and not row.failed}
        return tuple(sorted(known if among is None else known.intersection(among)))

    def seeds(self, data: str, among: Collection[str] | None = None) -> tuple[int, ...]:
        """Return the seeds of a data set for which each of :meth:`models` has a figure, ascending."""
        models = self.models(data, among)
        known = {row.cell for row in self._rows.values() if not row.failed}
        seeds = sorted({row.seed for row in self._rows.values() if row.data == data})
        return tuple(seed for seed in seeds if models and all((data, model, seed) in known for model in models))

    def values(
        self, data: str, field: str = "fine_tuned", *, among: Collection[str] | None = None
    ) -> NDArray[np.float64]:
        """Return figures (S, M), seeds x models, in the order of :meth:`seeds` and :meth:`models`."""
        seeds, models = self.seeds(data, among), self.models(data, among)
        rows = [[getattr(self._rows[data, model, seed], field) for model in models] for seed in seeds]
        return np.array(rows, dtype=np.float64).reshape(len(seeds), len(models))


def _text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _measurement(text: Mapping[str, str]) -> Measurement:
    """Return what a line says; raises ValueError."""
    return Measurement(
        data=text["data"],
        model=text["model"],
        seed=int(text["seed"]),
        rows=int(text["rows"]),
        updates=int(text["updates"]),
        metric=text["metric"],
        fine_tuned=float(text["fine_tuned"]),
        probe=float(text["probe"]),
        validation=float(text["validation"]),
        seconds=float(text["seconds"]),
        error=text["error"],
        task=text.get("task", ""),
    )


def _read(path: Path) -> tuple[tuple[str, ...], list[Measurement]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataCorrupted(f"{path} is no text in UTF-8 ({error}); move it away to begin a new table") from None
    lines = csv.reader(io.StringIO(text, newline=""))
    header = tuple(next(lines, ()))
    if missing := [name for name in _COLUMNS if name not in header and name not in _OPTIONAL]:
        raise DataCorrupted(
            f"{path} is no table of measurements: its first line lacks {', '.join(missing)}; move it away, or name"
            " another directory"
        )
    rows = list(_measurements(lines, header, path))
    if not text.endswith("\n"):
        # Whatever was cut off, the next line would be glued to it.
        raise _torn(path, text.count("\n") + 1, "it does not end")
    return header, rows


def _measurements(lines: Iterable[list[str]], header: tuple[str, ...], path: Path) -> Iterator[Measurement]:
    for number, values in enumerate(lines, start=2):
        if not values:
            continue
        if len(values) != len(header):
            raise _torn(path, number, f"{len(values)} cells instead of {len(header)}")
        try:
            yield _measurement(dict(zip(header, values, strict=True)))
        except ValueError as error:
            raise _torn(path, number, str(error)) from None


def _torn(path: Path, line: int, reason: str) -> DataCorrupted:
    return DataCorrupted(
        f"line {line} of {path} is no measurement ({reason}); delete the line, and its cell is measured again"
    )
